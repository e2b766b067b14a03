/** Wildcards of paths: `*` within a folder, `**` over folders, and `?` for one character. */

/** Longer ones match nothing, because the time grows with the product of both lengths. */
const maxProduct = 1_000_000;

/** Follows all matches at once. A regular expression takes exponential time for several stars. */
export function matchesWildcards(path: string, wildcards: string): boolean {
  if (path.length * wildcards.length > maxProduct) return false;
  let reached: ReadonlySet<number> = new Set([0]);
  for (const token of wildcards.match(/\*+|[^*]/g) ?? [])
    reached = token.startsWith('*')
      ? behindStars(path, reached, token.length > 1)
      : behindCharacter(path, reached, token);
  return reached.has(path.length);
}

function behindStars(path: string, reached: ReadonlySet<number>, isOverFolders: boolean) {
  const found = new Set<number>();
  for (const from of reached)
    for (let at = from; at <= path.length && !found.has(at); at++) {
      found.add(at);
      if (path[at] === '/' && !isOverFolders) break;
    }
  return found;
}

const behindCharacter = (path: string, reached: ReadonlySet<number>, token: string) =>
  new Set(
    [...reached]
      .filter((at) => (token === '?' ? at < path.length && path[at] !== '/' : path[at] === token))
      .map((at) => at + 1),
  );
