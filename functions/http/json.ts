/** JSON that somebody sent: what no parser of ours may stumble over is refused before anything looks at it. */
import { InvalidInputError } from '../errors/app-error';

const maxDepth = 64;

export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidInputError('invalid_json', 'The body is not JSON.');
  }
  assertPlain(value);
  return value;
}

/** Level by level and without recursion, since the depth is the caller's choice. */
function assertPlain(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth)
      throw new InvalidInputError('json_too_deep', `JSON may be nested ${maxDepth} times at most.`);
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one === 'string') assertUnicode(one);
      if (typeof one !== 'object' || one === null) continue;
      for (const [key, inside] of Object.entries(one)) {
        assertUnicode(key);
        next.push(inside);
      }
    }
    level = next;
  }
}

/** Half a surrogate pair has no form in UTF-8: it could be neither stored nor sent back as it came. */
function assertUnicode(text: string): void {
  if (/\p{Surrogate}/u.test(text))
    throw new InvalidInputError('invalid_unicode', 'The body holds half a surrogate pair.');
}
