/** Inputs, outputs and failures of orchestrations as operators see them: without secrets, bounded. */
import type { Json } from '../data-factory/json';
import { redactResource } from '../data-factory/redaction/redact-resource';
import { readText } from '../data-factory/redaction/text-reader';

const maxCharacters = 16_000;

/**
 * A value without what may be a secret. A value that is too long becomes the beginning of its JSON
 * text. Undefined and null, which Durable does not tell apart, become null.
 */
export function shownValue(value: unknown): Json {
  if (value === undefined || value === null) return null;
  const redacted = redactResource('pipeline', value as Json);
  const text = JSON.stringify(redacted);
  return text.length <= maxCharacters ? redacted : shortened(text);
}

export const shownText = (text: string): string => shortened(readText(text));

const shortened = (text: string) =>
  text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters)}…`;
