/** Shared by all table adapters: opens tables, maps status codes to errors, makes keys safe. */
import { createHash } from 'node:crypto';
import { RestError, TableClient, type TableServiceClientOptions } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';
import type { AppError } from '../../errors/app-error';
import type { Page, PageRequest } from '../../storage/page';
import { mapServiceErrors } from '../availability';
import { endFirstAttemptAfter } from '../first-attempt';
import { spanPolicy } from '../span-policy';
import { countAttempts } from './attempt-count';
import { dropNullProperties } from './null-properties';
import { throwRefusals } from './refusals';
import type { StorageClock } from './storage-clock';
import type { TableName } from '../tables/table-names';

/** Twice as long as storage searches for a page. A call with all its attempts has half a minute. */
const firstAttemptMs = 10_000;

/** The only retry layer of storage: a few quick retries, well within the time of a request. */
const options: TableServiceClientOptions = {
  retryOptions: { maxRetries: 4, retryDelayInMs: 200, maxRetryDelayInMs: 4_000 },
  additionalPolicies: [
    ...throwRefusals,
    ...mapServiceErrors('storage', 30_000),
    ...dropNullProperties,
    ...countAttempts,
    { policy: endFirstAttemptAfter(firstAttemptMs), position: 'perRetry' },
  ],
};

/**
 * A URL is opened with the identity of the app, a connection string with the key it contains. The
 * clock is corrected by the responses.
 */
export function openTable(
  storage: string,
  name: TableName,
  identity: TokenCredential,
  clock?: StorageClock,
): TableClient {
  const all: TableServiceClientOptions = {
    ...options,
    additionalPolicies: [
      // The first policy is the outermost one, so the clock sees responses of storage only.
      ...(clock?.policies ?? []),
      ...options.additionalPolicies!,
      { policy: spanPolicy('table', name), position: 'perRetry' },
    ],
  };
  if (URL.canParse(storage)) return new TableClient(storage, name, identity, all);
  return TableClient.fromConnectionString(storage, name, all);
}

/** Name of the storage account of a URL or connection string: the same for both, and without a key. */
export const storageAccountOf = (storage: string): string =>
  URL.canParse(storage)
    ? new URL(storage).hostname.split('.')[0]!
    : (/(?:^|;)\s*AccountName=([^;]+)/i.exec(storage)?.[1] ?? 'development');

/** Catch handler for one status code. Every other error is rethrown. */
export function onStatus<T>(statusCode: number, handle: (error: RestError) => T) {
  return (error: unknown): T => {
    if (error instanceof RestError && error.statusCode === statusCode) return handle(error);
    throw error;
  };
}

type ErrorClass = new (code: string, message: string, options: ErrorOptions) => AppError;

/** Handler for `onStatus` that throws an error of the domain, with the SDK's error as its cause. */
export function throwAs(errorClass: ErrorClass, code: string, message: string) {
  return (cause: RestError): never => {
    throw new errorClass(code, message, { cause });
  };
}

/** Keys may not hold / \ # ? or control characters, so text written by people is hashed. */
export const hashedKey = (text: string) => createHash('sha256').update(text).digest('hex');

/** Range of all keys with a prefix; tables have no prefix filter. */
export const prefixRange = (prefix: string) => ({
  from: prefix,
  /** The first key after the range. */
  to: prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1),
});

/** Empty pages in a row that one call reads. A filter may skip most of a table. */
const maxEmptyPages = 20;
/** After this time an empty page is returned. Storage searches for up to five seconds for each. */
const maxEmptyMs = 10_000;

/**
 * One page of the rows that match, in the order of their keys. Continues with the service's token. A
 * table may return an empty page that is not the last one, so the first page with rows is returned. An
 * empty page with a continuation only follows after many empty ones, or slow ones.
 */
export async function readPage<T>(
  table: TableClient,
  filter: string,
  { limit, continuation }: PageRequest,
  parse: (row: object) => T,
  /** Default: all columns. */
  select?: string[],
): Promise<Page<T>> {
  const pages = table
    .listEntities<object>({ queryOptions: { filter, ...(select && { select }) } })
    .byPage({ maxPageSize: limit, ...(continuation && { continuationToken: continuation }) });
  const deadline = performance.now() + maxEmptyMs;
  let emptyPages = 0;
  for await (const page of pages) {
    const { continuationToken } = page;
    const mayGoOn = ++emptyPages < maxEmptyPages && performance.now() < deadline;
    if (page.length === 0 && continuationToken && mayGoOn) continue;
    return {
      items: page.map(parse),
      ...(continuationToken && { continuation: continuationToken }),
    };
  }
  return { items: [] };
}
