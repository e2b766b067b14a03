/**
 * Scans of long lists in batches. Each batch ends well before the time limit of a function and
 * returns a checkpoint.
 */
import { AppError } from '../errors/app-error';

const batchMs = 50_000;
/**
 * A failure may take as long as a success. After this number of failures the batch ends; the next
 * one continues.
 */
const maxFailures = 10;

export interface ScanBatch {
  /** Opaque checkpoint for the next batch. Absent when the scan is complete. */
  readonly next?: string;
  /** Items that failed and were skipped, each with its error code. */
  readonly failed?: readonly string[];
}

/** Scans until the time is up. Returns the checkpoint of the next batch; undefined at the end. */
export async function timeBoxedScan<Checkpoint>(
  scan: AsyncIterable<Checkpoint>,
  now: () => Date,
  mustStop = () => false,
): Promise<Checkpoint | undefined> {
  const deadline = now().getTime() + batchMs;
  for await (const checkpoint of scan)
    if (mustStop() || now().getTime() > deadline) return checkpoint;
  return undefined;
}

/** One batch of a scan. An item that fails is added to `failed` and does not stop the others. */
export async function scanBatch(
  scan: (failed: string[]) => AsyncIterable<object>,
  now: () => Date,
): Promise<ScanBatch> {
  const failed: string[] = [];
  const next = await timeBoxedScan(scan(failed), now, () => failed.length >= maxFailures);
  return {
    ...(next && { next: JSON.stringify(next) }),
    ...(failed.length > 0 && { failed }),
  };
}

/** `item: code`, for operators. */
export function describeFailure(item: string, error: unknown): string {
  const code =
    error instanceof AppError ? error.code : error instanceof Error ? error.name : 'unknown';
  return `${item}: ${code}`;
}
