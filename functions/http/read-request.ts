/**
 * Reads and validates bodies and parameters. One response names every violation, each with a
 * pointer and a code.
 */
import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';
import { InvalidInputError, UnsupportedFormatError } from '../errors/app-error';
import { validate } from '../errors/violations';
import { parseJson } from './json';
import { readText } from './request-body';

const maxBodyBytes = 1_048_576;

/**
 * Reads a JSON body of the media type or of application/json. An optional body that is absent is
 * read as `{}`.
 */
export async function readBody<T>(
  request: HttpRequest,
  schema: z.ZodType<T>,
  {
    mediaType = 'application/json',
    bodyOptional = false,
  }: { readonly mediaType?: string; readonly bodyOptional?: boolean } = {},
): Promise<T> {
  assertNotEncoded(request);
  const text = await readText(request, maxBodyBytes);
  const sentType = (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  const absent = bodyOptional && text === '';
  if (!absent && sentType !== mediaType && sentType !== 'application/json')
    throw new UnsupportedFormatError(
      'media_type_unsupported',
      `The Content-Type is not supported. Send ${mediaType}.`,
    );
  const result = validate(schema, absent ? {} : parseJson(text), {
    name: 'The body',
    entry: 'field',
    pointerTo: jsonPointer,
  });
  if (result.violations)
    throw new InvalidInputError(
      'invalid_body',
      'The body does not match its schema. Correct the fields named in errors.',
      result.violations,
    );
  return result.data;
}

/** The host decompresses nothing (RFC 9110 section 8.4). */
export function assertNotEncoded(request: HttpRequest): void {
  const coding = (request.headers.get('content-encoding') ?? '').trim().toLowerCase();
  if (coding === '' || coding === 'identity') return;
  throw new UnsupportedFormatError(
    'content_encoding_unsupported',
    'The Content-Encoding is not supported. Send the body without compression.',
  );
}

/** Validates query or path parameters. A parameter may be given once. */
export function readParameters<T>(schema: z.ZodType<T>, given: URLSearchParams | object): T {
  const entries = given instanceof URLSearchParams ? [...given] : Object.entries(given);
  const names = entries.map(([name]) => String(name));
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined)
    throw new InvalidInputError(
      'parameter_repeated',
      'A parameter is given more than once. Send it once.',
      [{ pointer: `?${repeated}`, code: 'repeated', detail: `${repeated} may be given only once` }],
    );
  const result = validate(schema, Object.fromEntries(entries), {
    name: 'The query',
    entry: 'parameter',
    pointerTo: (path) => `?${path.map(String).join('.')}`,
  });
  if (result.violations)
    throw new InvalidInputError(
      'invalid_parameter',
      'A parameter is not valid. Correct the parameters named in errors.',
      result.violations,
    );
  return result.data;
}

/** RFC 6901 section 3. */
function jsonPointer(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
