/** Runs the operations of a bulk request one after the other (RFC 7644 section 3.7.3). */
import { messageSchemas } from '../message-schemas';
import { locationOf } from '../resource';
import { toScimErrorResponse, type ScimErrorBody } from '../scim-error';
import { bulkIdsIn, withIds } from './bulk-ids';
import { notCreated, planBulk } from './bulk-plan';
import type { BulkMethod, BulkOperation, BulkRequest, RefusedOperation } from './bulk-request';

/** An operation as a store runs it: references are replaced by ids. */
export type RunnableOperation = Omit<BulkOperation, 'dependsOn'>;

export interface BulkSuccess {
  readonly status: number;
  readonly id: string;
  readonly location: string;
  readonly version?: string;
}

export interface BulkResult {
  readonly method?: BulkMethod;
  readonly bulkId?: string;
  readonly version?: string;
  readonly location?: string;
  readonly status: string;
  readonly response?: ScimErrorBody;
}

/**
 * Operations that fail do not stop the others, until `failOnErrors` is reached; those that did not
 * run are left out of the response. `execute` throws for an operation that fails. `baseUrl` has no slash
 * at the end.
 */
export async function runBulk(
  { operations, failOnErrors = Infinity }: BulkRequest,
  baseUrl: string,
  execute: (operation: RunnableOperation) => Promise<BulkSuccess>,
) {
  const { order, refused } = planBulk(operations);
  const results = new Map<number, BulkResult>();
  const ids = new Map<string, string>();
  let errors = 0;
  const fail = (index: number, error: unknown) => {
    errors++;
    const operation = operations[index]!;
    results.set(index, failureOf(operation, knownLocation(operation, ids, baseUrl), error));
  };
  for (const index of order) {
    if (errors >= failOnErrors) break;
    const operation = operations[index] as BulkOperation;
    try {
      if (refused.has(index)) throw refused.get(index);
      const success = await execute(runnable(operation, ids));
      if (operation.method === 'POST') ids.set(operation.bulkId!, success.id);
      results.set(index, successOf(operation, success));
    } catch (error) {
      fail(index, error);
    }
  }
  const ordered = [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
  return { schemas: [messageSchemas.bulkResponse], Operations: ordered };
}

/** Throws ScimError if a resource that the operation refers to was not created. */
function runnable(
  { dependsOn, ...operation }: BulkOperation,
  ids: ReadonlyMap<string, string>,
): RunnableOperation {
  if (dependsOn.some((bulkId) => !ids.has(bulkId))) throw notCreated;
  return {
    ...operation,
    data: withIds(operation.data, ids),
    ...(operation.id !== undefined && { id: withIds(operation.id, ids) }),
  };
}

function successOf({ method, bulkId }: BulkOperation, success: BulkSuccess): BulkResult {
  const { status, location, version } = success;
  return {
    method,
    ...(bulkId !== undefined && { bulkId }),
    location,
    ...(version !== undefined && { version }),
    status: String(status),
  };
}

/** A failed POST has no location, nor has what was to be created first. */
function knownLocation(
  { type, id }: BulkOperation | RefusedOperation,
  ids: ReadonlyMap<string, string>,
  baseUrl: string,
): string | undefined {
  if (!type || id === undefined || bulkIdsIn(id).some((bulkId) => !ids.has(bulkId)))
    return undefined;
  return locationOf(type, withIds(id, ids), baseUrl);
}

function failureOf(
  { method, bulkId }: { readonly method?: BulkMethod; readonly bulkId?: string },
  location: string | undefined,
  error: unknown,
): BulkResult {
  const { status, body } = toScimErrorResponse(error);
  return {
    ...(method && { method }),
    ...(bulkId !== undefined && { bulkId }),
    ...(location !== undefined && { location }),
    status: String(status),
    response: body,
  };
}
