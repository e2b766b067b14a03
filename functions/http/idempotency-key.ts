/** Header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07, section 2.1). */
import type { HttpRequest } from '@azure/functions';
import { InvalidInputError } from '../errors/app-error';
import type { Idempotent } from './endpoint';

const maxLength = 255;
/** A structured-field string (RFC 9651 section 3.3.3). Keys without quotes are accepted, too. */
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
const bare = /^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/;

export function idempotencyKeyOf(
  { headers }: HttpRequest,
  requirement: Idempotent,
): string | undefined {
  const header = headers.get('idempotency-key')?.trim();
  if (header === undefined) {
    if (requirement !== 'required') return undefined;
    throw new InvalidInputError(
      'idempotency_key_missing',
      'The header Idempotency-Key is missing. Send a new UUID, and the same one when you repeat the request.',
    );
  }
  const key = quoted.exec(header)?.[1]?.replaceAll(/\\(["\\])/g, '$1') ?? bare.exec(header)?.[0];
  if (key === undefined || key === '' || key.length > maxLength)
    throw new InvalidInputError(
      'idempotency_key_invalid',
      `The Idempotency-Key is not a string of 1 to ${maxLength} printable characters. Send a UUID in quotes.`,
    );
  return key;
}
