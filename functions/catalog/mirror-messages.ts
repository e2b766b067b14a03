/** What travels to and from the mirror: small and plain, since a Durable history keeps it. */
import type { ConnectorKey, FactoryRef, ListedKind, ResourceKind } from '../data-factory/resource';

export interface Tally {
  readonly read: number;
  readonly written: number;
  readonly unchanged: number;
  readonly removed: number;
}
export type Tallies = Partial<Record<ResourceKind, Tally>>;

/** What the run was told in the meantime; asked between pages. */
export type StopRequest = 'paused' | 'cancelled';
export type CheckStopRequest = () => Promise<StopRequest | undefined>;

export type ReportTally = (kind: ResourceKind, more: Partial<Tally>) => void;

/** Lists still to be read, as URLs, in order. Opaque to everybody but the reader. */
export type SourceCursor = readonly string[];

/** One kind of one factory. */
export interface MirrorTarget extends ConnectorKey {
  readonly factory: FactoryRef;
  readonly kind: ListedKind;
  /** The sync run: what it has seen is told from what earlier ones saw. */
  readonly pass: string;
  /** Write everything, whether it has changed or not. */
  readonly full: boolean;
  readonly cursor?: SourceCursor;
}

/** How much of a kind vanished at once. */
export interface Alarm {
  readonly removed: number;
  readonly of: number;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** With a cursor there is more to read, not before the time given; with a failure nothing was swept. */
export interface MirrorResult {
  readonly tallies: Tallies;
  readonly cursor?: SourceCursor;
  readonly notBefore?: string;
  /** Why it stopped before its end although there was more to read. */
  readonly halted?: StopRequest;
  readonly failure?: Failure;
  readonly alarm?: Alarm;
}

const none: Tally = { read: 0, written: 0, unchanged: 0, removed: 0 };

export function addTally(tallies: Tallies, kind: ResourceKind, more: Partial<Tally>): Tallies {
  const { read, written, unchanged, removed } = tallies[kind] ?? none;
  return {
    ...tallies,
    [kind]: {
      read: read + (more.read ?? 0),
      written: written + (more.written ?? 0),
      unchanged: unchanged + (more.unchanged ?? 0),
      removed: removed + (more.removed ?? 0),
    },
  };
}

/** Over all kinds. */
export const totalOf = (tallies: Tallies): Tally =>
  Object.values(tallies).reduce<Tally>(
    (sum, { read, written, unchanged, removed }) => ({
      read: sum.read + read,
      written: sum.written + written,
      unchanged: sum.unchanged + unchanged,
      removed: sum.removed + removed,
    }),
    none,
  );

export function addTallies(one: Tallies, other: Tallies): Tallies {
  let sum = one;
  for (const [kind, tally] of Object.entries(other))
    sum = addTally(sum, kind as ResourceKind, tally);
  return sum;
}
