/** The part of OData filters that lists of users and groups are read with: `eq`, `any` and `or`. */
type Fields = Readonly<Record<string, unknown>>;

const equals = /^(\w+) eq '((?:[^']|'')*)'$/;
const anyEquals = /^(\w+)\/any\((\w+):\2 eq '((?:[^']|'')*)'\)$/;

/** Undefined for a filter that is not supported. Text is compared without case, as Graph does. */
export function readFilter(filter: string | null): ((object: Fields) => boolean) | undefined {
  if (filter === null) return () => true;
  const terms = splitOr(filter).map(readTerm);
  if (terms.some((term) => term === undefined)) return undefined;
  return (object) => terms.some((term) => term!(object));
}

function readTerm(term: string): ((object: Fields) => boolean) | undefined {
  const [, field, value] = equals.exec(term) ?? [];
  if (field !== undefined) return (object) => same(object[field], unquoted(value!));
  const [, list, , item] = anyEquals.exec(term) ?? [];
  if (list === undefined) return undefined;
  return (object) => {
    const values = object[list];
    return Array.isArray(values) && values.some((each) => same(each, unquoted(item!)));
  };
}

/** A quoted text may contain ` or `. */
function splitOr(filter: string): readonly string[] {
  const terms = [''];
  let quoted = false;
  for (const part of filter.split(/( or |')/)) {
    if (part === "'") quoted = !quoted;
    if (part === ' or ' && !quoted) terms.push('');
    else terms[terms.length - 1] += part;
  }
  return terms.map((term) => term.trim());
}

const unquoted = (text: string) => text.replaceAll("''", "'");
const same = (one: unknown, other: string) =>
  typeof one === 'string' && one.toLowerCase() === other.toLowerCase();
