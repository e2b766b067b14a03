/** Reads the body of a request: bounded, UTF-8, JSON without keys that reach a prototype. */
import { isObject, isPrototypeKey, type JsonObject, type JsonValue } from './json';
import { limits } from './limits';
import { ScimError } from './scim-error';

/** Throws ScimError `tooLarge` or `invalidSyntax`. */
export function parseBody(bytes: Uint8Array): JsonObject {
  if (bytes.byteLength > limits.bodyBytes)
    throw new ScimError('tooLarge', `The body has more than ${limits.bodyBytes} bytes. Send less.`);
  const value = parse(decode(bytes));
  assertSafe(value);
  if (!isObject(value))
    throw new ScimError('invalidSyntax', 'The body must be a JSON object. Send one.');
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ScimError('invalidSyntax', 'The body is not encoded in UTF-8. Encode it in UTF-8.');
  }
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new ScimError('invalidSyntax', 'The body is not JSON. Send valid JSON.');
  }
}

/** Level by level instead of recursively, because the caller chooses the depth. */
function assertSafe(value: JsonValue): void {
  let level: JsonValue[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.jsonDepth)
      throw new ScimError(
        'invalidSyntax',
        `The body is nested deeper than ${limits.jsonDepth} levels. Send a flatter one.`,
      );
    const next: JsonValue[] = [];
    for (const item of level) {
      if (typeof item === 'string') assertUnicode(item);
      if (typeof item !== 'object' || item === null) continue;
      for (const [key, child] of Object.entries(item)) {
        assertKey(key);
        next.push(child);
      }
    }
    level = next;
  }
}

function assertKey(key: string): void {
  assertUnicode(key);
  if (isPrototypeKey(key))
    throw new ScimError('invalidSyntax', `The body has the key "${key}". Remove it.`, key);
}

/** A lone surrogate has no UTF-8 form, so it could be neither stored nor returned unchanged. */
function assertUnicode(text: string): void {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0xd800 || code > 0xdfff) continue;
    const isPair = code < 0xdc00 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
    if (!isPair)
      throw new ScimError('invalidSyntax', 'A text has a lone surrogate. Send valid Unicode.');
    index++;
  }
}
