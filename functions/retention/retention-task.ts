/** What is forgotten apart from each other, side by side: one that takes long, or fails, does not hold up the rest. */
import type { ScanBatch } from '../durable/time-boxed-scan';

export const parts = ['removed', 'runs', 'events', 'deliveries'] as const;
export type Part = (typeof parts)[number];

/** What travels: a part, and where its last stretch ended. */
export interface RetentionInput {
  readonly part: Part;
  readonly from?: string;
  /** What was left as it was in earlier stretches, and why. */
  readonly failed?: readonly string[];
}

/** What a stretch came to. */
export type Forgotten = ScanBatch;

export const instanceOf = (part: Part): string => `forget-${part}`;
