/** What a request says, held to its schema. Every fault is named at once, each with a pointer. */
import { isUtf8 } from 'node:buffer';
import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';
import {
  InvalidInputError,
  TooLargeError,
  UnsupportedFormatError,
  type Violation,
} from '../errors/app-error';
import { parseJson } from './json';

const maxBodyBytes = 1_048_576;

/** A JSON body of the given media type (application/json always passes), or `{}` where none is needed. */
export async function readBody<T>(
  request: HttpRequest,
  schema: z.ZodType<T>,
  {
    mediaType = 'application/json',
    bodyOptional = false,
  }: { readonly mediaType?: string; readonly bodyOptional?: boolean } = {},
): Promise<T> {
  const text = await readText(request, maxBodyBytes);
  const sent = (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  const needless = bodyOptional && text === '';
  if (!needless && sent !== mediaType && sent !== 'application/json')
    throw new UnsupportedFormatError('media_type_unsupported', `Send ${mediaType}.`);
  return parseWith(
    schema,
    needless ? {} : parseJson(text),
    'invalid_body',
    'The body is not as expected.',
    pointer,
  );
}

/** Measured while it arrives: what the sender says of its length is not believed. */
export async function readText(request: HttpRequest, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes)
      throw new TooLargeError('body_too_large', `A body may have ${maxBytes} bytes here.`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (!isUtf8(bytes)) throw new InvalidInputError('body_not_utf8', 'The body is not UTF-8.');
  return bytes.toString('utf8');
}

/** Query or path parameters; each may be given once. */
export function readParameters<T>(schema: z.ZodType<T>, given: URLSearchParams | object): T {
  const entries = given instanceof URLSearchParams ? [...given] : Object.entries(given);
  const names = entries.map(([name]) => String(name));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new InvalidInputError('parameter_repeated', 'A parameter is given twice.', [
      { pointer: `?${twice}`, detail: 'may be given once' },
    ]);
  const parameter = (path: readonly PropertyKey[]) => `?${path.map(String).join('.')}`;
  return parseWith(
    schema,
    Object.fromEntries(entries),
    'invalid_parameter',
    'A parameter is not as expected.',
    parameter,
  );
}

function parseWith<T>(
  schema: z.ZodType<T>,
  value: unknown,
  code: string,
  detail: string,
  point: (path: readonly PropertyKey[]) => string,
): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new InvalidInputError(
    code,
    detail,
    read.error.issues.flatMap((issue) => violations(issue, point)),
  );
}

function violations(
  issue: z.core.$ZodIssue,
  point: (path: readonly PropertyKey[]) => string,
): Violation[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      pointer: point([...issue.path, key]),
      detail: 'is not known here',
    }));
  return [{ pointer: point(issue.path), detail: issue.message }];
}

/** RFC 6901 §3. */
function pointer(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
