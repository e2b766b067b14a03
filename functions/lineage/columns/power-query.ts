/** Which sources the queries of a Power Query script use. The language is M; its columns are not read. */

const piece =
  /#"((?:[^"]|"")*)"|"(?:[^"]|"")*"|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[\p{L}_][\p{L}\p{N}_.]*|;/gu;

/** Names that each shared query refers to, by lower-case name of the query. */
function referencesOf(script: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  let current: Set<string> | undefined;
  let isName = false;
  for (const [text, quoted] of script.matchAll(piece)) {
    const word = quoted ?? (/^[\p{L}_]/u.test(text) ? text : undefined);
    if (text === ';') current = undefined;
    if (word === undefined) continue;
    const name = word.toLowerCase();
    if (isName) found.set(name, (current = new Set()));
    else if (current) current.add(name);
    isName = quoted === undefined && current === undefined && name === 'shared';
  }
  return found;
}

/**
 * Sources that a query uses, also through other queries. Undefined if the script has no such query.
 * Names are in lower case.
 */
export function sourcesOfQuery(
  script: string,
  query: string,
  sources: readonly string[],
): readonly string[] | undefined {
  const references = referencesOf(script);
  if (!references.has(query)) return undefined;
  const reached = new Set([query]);
  for (const name of reached)
    for (const other of references.get(name) ?? [])
      if (references.has(other) || sources.includes(other)) reached.add(other);
  return sources.filter((source) => reached.has(source));
}
