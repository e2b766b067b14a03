/** Reads the body of a PATCH (RFC 7644 section 3.5.2). Values are checked when they are applied. */
import { isList, isObject, readMembers, typeName, type JsonObject, type JsonValue } from '../json';
import { limits } from '../limits';
import { messageSchemas } from '../message-schemas';
import { assertMessageSchema } from '../message';
import type { Profile } from '../profile';
import type { ResourceType } from '../schema/resource-type';
import { ScimError } from '../scim-error';
import { parsePath, type Path } from './path';

export type PatchOp = 'add' | 'remove' | 'replace';

export interface PatchOperation {
  readonly op: PatchOp;
  /** Absent: the value holds attributes. */
  readonly path?: Path;
  /** Absent if the operation has no key `value`. */
  readonly value?: JsonValue;
}

/** Throws ScimError for an operation that is malformed. */
export function parsePatch(
  body: JsonObject,
  type: ResourceType,
  profile: Profile,
): readonly PatchOperation[] {
  const { schemas, Operations } = readMembers(body, ['schemas', 'Operations']);
  assertMessageSchema(schemas, messageSchemas.patchOp, profile);
  if (!isList(Operations) || Operations.length === 0)
    throw invalidSyntax('Operations must be a list with at least one operation.', 'Operations');
  if (Operations.length > limits.patchOperations)
    throw invalidSyntax(
      `Operations has more than ${limits.patchOperations} operations. Send fewer.`,
      'Operations',
    );
  return Operations.map((operation) => parseOperation(operation, type, profile));
}

function parseOperation(
  operation: JsonValue,
  type: ResourceType,
  profile: Profile,
): PatchOperation {
  if (!isObject(operation))
    throw invalidSyntax(
      `An operation must be an object, not ${typeName(operation)}.`,
      'Operations',
    );
  const { op: name, path: text, value } = readMembers(operation, ['op', 'path', 'value']);
  const op = parseOp(name);
  const hasValue = value !== undefined;
  if (text === undefined || text === null) {
    if (op === 'remove')
      throw new ScimError('noTarget', 'A remove lacks its path. Name the attribute to remove.');
    if (!isObject(value))
      throw new ScimError('invalidValue', `An operation without a path needs an object as value.`);
    return { op, value };
  }
  if (typeof text !== 'string')
    throw new ScimError('invalidPath', `A path must be a text, not ${typeName(text)}.`);
  if (op !== 'remove' && !hasValue)
    throw new ScimError('invalidValue', `The operation ${op} lacks its value. Send one.`);
  return { op, path: parsePath(text, type, profile), ...(hasValue && { value }) };
}

function parseOp(name: JsonValue | undefined): PatchOp {
  const op = typeof name === 'string' ? name.toLowerCase() : undefined;
  if (op === 'add' || op === 'remove' || op === 'replace') return op;
  throw invalidSyntax('op must be add, remove or replace.', 'op');
}

const invalidSyntax = (detail: string, attribute: string) =>
  new ScimError('invalidSyntax', detail, attribute);
