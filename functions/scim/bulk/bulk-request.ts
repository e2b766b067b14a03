/** Reads the body of a bulk request (RFC 7644 section 3.7). */
import { isList, isObject, readMembers, typeName, type JsonObject, type JsonValue } from '../json';
import { limits } from '../limits';
import { assertMessageSchema } from '../message';
import { messageSchemas } from '../message-schemas';
import type { Profile } from '../profile';
import { resourceTypes, type ResourceType } from '../schema/resource-type';
import { ScimError } from '../scim-error';
import { bulkIdsIn } from './bulk-ids';

const bulkMethods = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type BulkMethod = (typeof bulkMethods)[number];

export interface BulkOperation {
  readonly method: BulkMethod;
  readonly type: ResourceType;
  /** Absent for a POST. May be `bulkId:…` until the resource is created. */
  readonly id?: string;
  /** Always present for a POST. */
  readonly bulkId?: string;
  /** As in If-Match. */
  readonly version?: string;
  /** Empty for a DELETE. */
  readonly data: JsonObject;
  /** Ids of operations that must create their resource first. */
  readonly dependsOn: readonly string[];
}

/** An operation that is malformed fails alone. */
export interface RefusedOperation {
  readonly error: ScimError;
  readonly type?: ResourceType;
  readonly id?: string;
  readonly method?: BulkMethod;
  readonly bulkId?: string;
}

export interface BulkRequest {
  /** Stop after this number of errors. Absent: never. */
  readonly failOnErrors?: number;
  readonly operations: readonly (BulkOperation | RefusedOperation)[];
}

/** Throws ScimError for a request that is malformed as a whole, or too large. */
export function parseBulk(body: JsonObject, profile: Profile): BulkRequest {
  const found = readMembers(body, ['schemas', 'failOnErrors', 'Operations']);
  assertMessageSchema(found.schemas, messageSchemas.bulkRequest, profile);
  const { Operations: operations } = found;
  if (!isList(operations) || operations.length === 0)
    throw invalidSyntax('Operations must be a list with at least one operation.', 'Operations');
  if (operations.length > limits.bulkOperations)
    throw new ScimError(
      'tooLarge',
      `The request has more than ${limits.bulkOperations} operations. Send fewer.`,
      'Operations',
    );
  const failOnErrors = parseFailOnErrors(found.failOnErrors);
  const used = new Set<string>();
  return {
    operations: operations.map((operation) => parseOrRefuse(operation, used)),
    ...(failOnErrors !== undefined && { failOnErrors }),
  };
}

function parseFailOnErrors(value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
  throw invalidSyntax('failOnErrors must be a whole number of at least 1.', 'failOnErrors');
}

function parseOrRefuse(value: JsonValue, used: Set<string>): BulkOperation | RefusedOperation {
  if (!isObject(value)) return { error: notAnObject(value) };
  const found = readMembers(value, ['method', 'bulkId', 'version', 'path', 'data']);
  const method = toMethod(found.method);
  const bulkId = typeof found.bulkId === 'string' && found.bulkId !== '' ? found.bulkId : undefined;
  const known = { ...(method && { method }), ...(bulkId !== undefined && { bulkId }) };
  try {
    return { ...known, ...parseOperation(found, method, bulkId, used) };
  } catch (error) {
    if (error instanceof ScimError) return { ...known, ...targetOf(found.path, method), error };
    throw error;
  }
}

/** What an operation concerns that is malformed otherwise. */
function targetOf(path: JsonValue | undefined, method: BulkMethod | undefined) {
  try {
    return method && parsePath(path, method);
  } catch {
    return undefined;
  }
}

function parseOperation(
  { version, path, data }: Partial<Record<string, JsonValue>>,
  method: BulkMethod | undefined,
  bulkId: string | undefined,
  used: Set<string>,
): Omit<BulkOperation, 'bulkId'> {
  if (!method) throw invalidSyntax('method must be POST, PUT, PATCH or DELETE.', 'method');
  if (bulkId !== undefined && used.has(bulkId))
    throw invalidSyntax('bulkId is used by an earlier operation. Use each bulkId once.', 'bulkId');
  if (bulkId !== undefined) used.add(bulkId);
  if (method === 'POST' && bulkId === undefined)
    throw invalidSyntax('A POST lacks its bulkId. Send one.', 'bulkId');
  if (method !== 'DELETE' && !isObject(data))
    throw invalidSyntax(`A ${method} lacks its data. Send an object.`, 'data');
  const target = parsePath(path, method);
  const content = isObject(data) && method !== 'DELETE' ? data : {};
  const named = [...bulkIdsIn(content), ...bulkIdsIn(target.id ?? null)];
  return {
    method,
    ...target,
    data: content,
    dependsOn: [...new Set(named)],
    ...(typeof version === 'string' && { version }),
  };
}

/** `/Users` for a POST; with an id after it for every other method. */
function parsePath(
  path: JsonValue | undefined,
  method: BulkMethod,
): Pick<BulkOperation, 'type' | 'id'> {
  const [empty, endpoint, id, ...rest] = typeof path === 'string' ? path.split('/', 5) : [];
  const type = resourceTypes.find((one) => one.endpoint === `/${endpoint}`);
  const hasId = id !== undefined && id !== '';
  if (empty !== '' || !type || rest.length > 0 || hasId !== (method !== 'POST'))
    throw invalidSyntax(
      'path must be /Users or /Groups for a POST, with the id after it for other methods.',
      'path',
    );
  return { type, ...(hasId && { id: decodeId(id) }) };
}

function decodeId(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    throw invalidSyntax('path has an id that is not encoded as in a URL.', 'path');
  }
}

function toMethod(value: JsonValue | undefined): BulkMethod | undefined {
  const upper = typeof value === 'string' ? value.toUpperCase() : undefined;
  return bulkMethods.find((method) => method === upper);
}

const notAnObject = (value: JsonValue) =>
  invalidSyntax(`An operation must be an object, not ${typeName(value)}.`, 'Operations');

const invalidSyntax = (detail: string, attribute: string) =>
  new ScimError('invalidSyntax', detail, attribute);
