/** What every table adapter shares: opening a table, turning a status into a failure of ours, and safe keys. */
import { createHash } from 'node:crypto';
import { RestError, TableClient, type TableServiceClientOptions } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';
import type { AppError } from '../../errors/app-error';
import type { Page, PageRequest } from '../../storage/page';
import { mapServiceErrors } from '../availability';
import { dropNullProperties } from '../resource-manager/null-properties';
import type { TableName } from '../tables/table-names';

/** The one retry layer of storage: a few quick tries, well inside the time of a request. */
const options: TableServiceClientOptions = {
  retryOptions: { maxRetries: 4, retryDelayInMs: 200, maxRetryDelayInMs: 4_000 },
  additionalPolicies: [...mapServiceErrors('storage', 30_000), ...dropNullProperties],
};

/** A URL is opened with the app's identity; a connection string (Functions convention) brings its own key. */
export function openTable(
  storage: string,
  name: TableName,
  identity: TokenCredential,
): TableClient {
  if (URL.canParse(storage)) return new TableClient(storage, name, identity, options);
  return TableClient.fromConnectionString(storage, name, options);
}

/** A catch handler for one status code; every other failure passes through. */
export function on<T>(statusCode: number, handle: (error: RestError) => T) {
  return (error: unknown): T => {
    if (error instanceof RestError && error.statusCode === statusCode) return handle(error);
    throw error;
  };
}

type Failure = new (code: string, detail: string, options: ErrorOptions) => AppError;

export function rethrow(failure: Failure, code: string, detail: string) {
  return (cause: RestError): never => {
    throw new failure(code, detail, { cause });
  };
}

/** Keys may not hold / \ # ? or control characters: whatever a person wrote goes in as its hash. */
export const hashedKey = (text: string) => createHash('sha256').update(text).digest('hex');

/** Every key that begins with the prefix, as a range: tables have no other way to ask. */
export const prefixRange = (prefix: string) => ({
  from: prefix,
  /** The first key after the range. */
  to: prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1),
});

/** One page of what matches, in the order of its keys; the service's own token says where the next one begins. */
export async function pageOf<T>(
  table: TableClient,
  filter: string,
  { limit, continuation }: PageRequest,
  read: (row: object) => T,
  /** All columns, unless some are named. */
  select?: string[],
): Promise<Page<T>> {
  const pages = table
    .listEntities<object>({ queryOptions: { filter, ...(select && { select }) } })
    .byPage({ maxPageSize: limit, ...(continuation && { continuationToken: continuation }) });
  const { value: page } = await pages.next();
  if (!page) return { items: [] };
  const { continuationToken: next } = page;
  return { items: page.map(read), ...(next && { continuation: next }) };
}
