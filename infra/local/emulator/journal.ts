/** Every request a part of the stack received, newest last. Bounded: it is for looking at, not for keeping. */
export const services = [
  'storage',
  'entra',
  'managed-identity',
  'graph',
  'key-vault',
  'resource-manager',
] as const;
export type Service = (typeof services)[number];

export interface JournalEntry {
  /** Position; `since` continues after it. */
  readonly seq: number;
  readonly at: string;
  readonly service: Service;
  readonly method: string;
  readonly path: string;
  /** 0 when the caller was left without an answer. */
  readonly status: number;
  readonly durationMs: number;
  /** What was done to it on purpose. */
  readonly fault?: string;
}

/** What a part notes; the journal gives it its position. */
export type NewJournalEntry = Omit<JournalEntry, 'seq'>;

export interface Journal {
  record(entry: NewJournalEntry): void;
  read(filter?: { readonly service?: string; readonly since?: number }): readonly JournalEntry[];
  /** Forgets the entries; positions go on counting. */
  clear(): void;
}

const maxEntries = 200_000;

export function createJournal(): Journal {
  let entries: JournalEntry[] = [];
  let seq = 0;
  return {
    record(entry) {
      entries.push({ seq: ++seq, ...entry });
      if (entries.length > maxEntries * 1.1) entries = entries.slice(-maxEntries);
    },
    read: ({ service, since = 0 } = {}) =>
      entries.filter((entry) => entry.seq > since && (!service || entry.service === service)),
    clear: () => void (entries = []),
  };
}
