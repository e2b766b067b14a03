/** Parses JSON of callers. Rejects what a later parser or a store could not process. */
import { InvalidInputError } from '../errors/app-error';

const maxDepth = 64;

export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidInputError('invalid_json', 'The body is not JSON. Send valid JSON.');
  }
  assertStorable(value);
  return value;
}

/** Level by level instead of recursively, because the caller chooses the depth. */
function assertStorable(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth)
      throw new InvalidInputError(
        'json_too_deep',
        `The JSON is nested too deeply. Send at most ${maxDepth} levels.`,
      );
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item === 'string') assertUnicode(item);
      if (typeof item !== 'object' || item === null) continue;
      for (const [key, child] of Object.entries(item)) {
        assertUnicode(key);
        next.push(child);
      }
    }
    level = next;
  }
}

/** A lone surrogate has no UTF-8 form, so it could be neither stored nor returned unchanged. */
function assertUnicode(text: string): void {
  if (/\p{Surrogate}/u.test(text))
    throw new InvalidInputError(
      'invalid_unicode',
      'A text in the body contains a lone surrogate. Send valid Unicode.',
    );
}
