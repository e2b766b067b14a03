/** Known names near an unknown one: a renamed attribute is the usual mistake in a mapping. */
const maxNames = 3;
/** Longer names are compared by their beginning, so that the work is bounded. */
const maxLength = 64;

/** Up to three names, nearest first. Empty if none is near. */
export function nearestNames(unknown: string, known: readonly string[]): readonly string[] {
  const wanted = shorten(unknown);
  return known
    .map((name) => ({ name, distance: distanceOf(wanted, shorten(name)) }))
    .filter(({ distance }) => distance <= Math.max(2, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, maxNames)
    .map(({ name }) => name);
}

const shorten = (name: string) => name.slice(0, maxLength).toLowerCase();

/** 1 if one name holds the other (`mail` and `emails`), otherwise the Levenshtein distance. */
function distanceOf(a: string, b: string): number {
  if (a.length >= 3 && b.length >= 3 && (a.includes(b) || b.includes(a))) return a === b ? 0 : 1;
  return levenshtein(a, b);
}

function levenshtein(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, change));
    }
    previous = current;
  }
  return previous[b.length]!;
}
