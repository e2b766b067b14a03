/** Known names near an unknown one: a renamed attribute is the usual mistake in a mapping. */
const maxNames = 3;
/** Names that differ in more letters are not near. */
const maxDistance = 5;
/** Longer names are compared by their beginning, so that the work is bounded. */
const maxLength = 40;

/** Up to three names, nearest first. Empty if none is near. */
export function nearestNames(unknown: string, known: readonly string[]): readonly string[] {
  const wanted = shorten(unknown);
  if (wanted.length < 3) return [];
  const limit = Math.min(Math.max(2, Math.floor(wanted.length / 3)), maxDistance);
  return known
    .map((name) => ({ name, distance: distanceOf(wanted, shorten(name), limit) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, maxNames)
    .map(({ name }) => name);
}

const shorten = (name: string) => name.slice(0, maxLength).toLowerCase();

/**
 * 1 if one name holds the other (`mail` and `emails`), 2 if one abbreviates the other (`dept` and
 * `department`), otherwise the Levenshtein distance.
 */
function distanceOf(a: string, b: string, limit: number): number {
  if (a === b) return 0;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (short.length >= 3 && long.includes(short)) return 1;
  if (short.length >= 3 && abbreviates(short, long)) return 2;
  return long.length - short.length > limit ? Infinity : levenshtein(a, b, limit);
}

/** Whether the letters of the short name occur in the long one, in their order from its first. */
function abbreviates(short: string, long: string): boolean {
  let found = 0;
  for (const letter of long) if (letter === short[found]) found++;
  return found === short.length && short[0] === long[0];
}

/** Infinity as soon as the distance exceeds the limit. */
function levenshtein(a: string, b: string, limit: number): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, replaced));
    }
    if (Math.min(...current) > limit) return Infinity;
    previous = current;
  }
  return previous[b.length]!;
}
