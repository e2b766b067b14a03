/** A value that is asked for once and kept for a while: secrets of ours, which an operator may rotate. */

const keptInMs = 15 * 60_000;

/** Those who ask at the same time wait for one answer; a failure is not kept. */
export function memoizeWithTtl<T>(ask: () => Promise<T>, now: () => Date): () => Promise<T> {
  let kept: { readonly value: Promise<T>; readonly until: number } | undefined;
  return () => {
    if (kept && kept.until > now().getTime()) return kept.value;
    const value = ask();
    const entry = { value, until: now().getTime() + keptInMs };
    kept = entry;
    value.catch(() => {
      if (kept === entry) kept = undefined;
    });
    return value;
  };
}
