/** Long work in stretches: each ends well before a function must, and says where the next one goes on. */
import { AppError } from '../errors/app-error';

const batchMs = 50_000;
/** Failures may take as long as tries do: after so many of them a stretch ends, and the next one goes on behind them. */
const maxFailures = 10;

export interface ScanBatch {
  /** Opaque to everybody but the one who goes on from there; absent when there is no more to do. */
  readonly next?: string;
  /** What was left as it was because of a failure, and which. */
  readonly failed?: readonly string[];
}

/** Walks until its time is up; gives the place to go on from, and nothing at the end. */
export async function timeBoxedScan<Place>(
  walk: AsyncIterable<Place>,
  now: () => Date,
  isEnough = () => false,
): Promise<Place | undefined> {
  const deadline = now().getTime() + batchMs;
  for await (const place of walk) if (isEnough() || now().getTime() > deadline) return place;
  return undefined;
}

/** A stretch of a walk past many, each of whom may fail: that is noted in `failed`, and the others are not kept waiting. */
export async function scanBatch(
  walk: (failed: string[]) => AsyncIterable<object>,
  now: () => Date,
): Promise<ScanBatch> {
  const failed: string[] = [];
  const next = await timeBoxedScan(walk(failed), now, () => failed.length >= maxFailures);
  return {
    ...(next && { next: JSON.stringify(next) }),
    ...(failed.length > 0 && { failed }),
  };
}

/** For operators: who failed, and the code of it. */
export function describeFailure(who: string, error: unknown): string {
  const code =
    error instanceof AppError ? error.code : error instanceof Error ? error.name : 'unknown';
  return `${who}: ${code}`;
}
