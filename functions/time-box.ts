/** Long work in stretches: each ends well before a function must, and says where the next one goes on. */
const stretchInMs = 50_000;

export interface Stretch {
  /** Opaque to everybody but the one who goes on from there; absent when there is no more to do. */
  readonly next?: string;
  /** What was left as it was because of a failure, and which. */
  readonly failed?: readonly string[];
}

/** Walks until its time is up; gives the place to go on from, and nothing at the end. */
export async function inTime<Place>(
  walk: AsyncIterable<Place>,
  now: () => Date,
): Promise<Place | undefined> {
  const deadline = now().getTime() + stretchInMs;
  for await (const place of walk) if (now().getTime() > deadline) return place;
  return undefined;
}
