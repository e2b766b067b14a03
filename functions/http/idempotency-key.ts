/** The header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07 §2.1). */
import type { HttpRequest } from '@azure/functions';
import { InvalidInputError } from '../errors/app-error';

const maxLength = 255;
/** A structured-field string (RFC 9651 §3.3.3); many clients leave the quotes out, and are understood. */
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
const bare = /^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/;

export function idempotencyKeyOf(
  { headers }: HttpRequest,
  demand: 'optional' | 'required',
): string | undefined {
  const header = headers.get('idempotency-key')?.trim();
  if (header === undefined) {
    if (demand === 'optional') return undefined;
    throw new InvalidInputError(
      'idempotency_key_missing',
      'Send an Idempotency-Key, so that a repeated request is executed once.',
    );
  }
  const key = quoted.exec(header)?.[1]?.replaceAll(/\\(["\\])/g, '$1') ?? bare.exec(header)?.[0];
  if (key === undefined || key === '' || key.length > maxLength)
    throw new InvalidInputError(
      'idempotency_key_invalid',
      `An Idempotency-Key is one string of 1 to ${maxLength} printable characters, best a UUID in quotes.`,
    );
  return key;
}
