/**
 * Journal of the requests that the emulators received, oldest first. Keeps the latest entries only.
 */
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
  /** Sequence number. The filter `since` returns the entries after one. */
  readonly seq: number;
  readonly at: string;
  readonly service: Service;
  readonly method: string;
  readonly path: string;
  /** 0 if no response was sent. */
  readonly status: number;
  readonly durationMs: number;
  /** Kind of the injected fault. */
  readonly fault?: string;
}

/** An entry before the journal assigns its sequence number. */
export type NewJournalEntry = Omit<JournalEntry, 'seq'>;

export interface Journal {
  record(entry: NewJournalEntry): void;
  read(filter?: { readonly service?: string; readonly since?: number }): readonly JournalEntry[];
  /** Removes all entries. Sequence numbers continue. */
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
