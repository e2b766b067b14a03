/** Operations on role assignments and role definitions at any scope, with Azure's error codes. */
import type { Clock } from '../../emulator/clock';
import { ArmError, badRequest } from '../arm-error';
import { inner, textOf } from '../json';
import type { Call, Operation } from '../operation';
import { isWithin, type RoleAssignment, type RoleAssignments } from './role-assignments';
import { roleById, roleDefinitions } from './role-definitions';
import { toWire, toWireRole } from './role-wire';

const apiVersions = ['2015-07-01', '2018-07-01', '2022-04-01'];
const assignmentsPath = '{+scope}/providers/Microsoft.Authorization/roleAssignments';
const definitionsPath = '{+scope}/providers/Microsoft.Authorization/roleDefinitions';
const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Limit per subscription, including all scopes below. */
const assignmentLimit = 4_000;

interface Parts {
  readonly roles: RoleAssignments;
  readonly clock: Clock;
  /** Ids of the principals in the directory. */
  readonly principals: ReadonlySet<string>;
}

export function roleOperations(parts: Parts): Operation[] {
  const { roles } = parts;
  const operation = (
    method: Operation['method'],
    path: string,
    action: string,
    handle: Operation['handle'],
  ): Operation => ({
    method,
    path,
    apiVersions,
    actions: [`Microsoft.Authorization/${action}`],
    budget: method === 'GET' ? 'reads' : 'writes',
    handle,
  });
  const find = ({ params }: Call) => roles.find(params['scope']!, params['name']!);

  return [
    operation('GET', assignmentsPath, 'roleAssignments/read', (call) => {
      const within = filterOf(call.params['scope']!, call.request.query.get('$filter'));
      return { status: 200, body: { value: roles.all().filter(within).map(toWire) } };
    }),
    operation('GET', `${assignmentsPath}/{name}`, 'roleAssignments/read', (call) => {
      const found = find(call);
      if (!found) throw notFound('RoleAssignmentNotFound', 'role assignment', call);
      return { status: 200, body: toWire(found) };
    }),
    operation('PUT', `${assignmentsPath}/{name}`, 'roleAssignments/write', async (call) => {
      const assignment = parse(parts, call);
      assertDelegated(roles, call, 'write', assignment);
      if (assertNoConflict(roles.all(), assignment)) await roles.put(assignment);
      return { status: 201, body: toWire(find(call)!) };
    }),
    operation('DELETE', `${assignmentsPath}/{name}`, 'roleAssignments/delete', async (call) => {
      const found = find(call);
      if (!found) return { status: 204 };
      assertDelegated(roles, call, 'delete', found);
      await roles.remove(found);
      return { status: 200, body: toWire(found) };
    }),
    operation('GET', definitionsPath, 'roleDefinitions/read', ({ params, request }) => {
      const named = roleNameOf(request.query.get('$filter'));
      const value = roleDefinitions.filter(({ roleName }) => named(roleName));
      return {
        status: 200,
        body: { value: value.map((role) => toWireRole(role, params['scope']!)) },
      };
    }),
    operation('GET', `${definitionsPath}/{name}`, 'roleDefinitions/read', (call) => {
      const role = roleById(call.params['name']!);
      if (!role) throw notFound('RoleDefinitionDoesNotExist', 'role definition', call);
      return { status: 200, body: toWireRole(role, call.params['scope']!) };
    }),
  ];
}

/** The permission itself was checked before; a condition may limit it. */
function assertDelegated(
  roles: RoleAssignments,
  { caller }: Call,
  verb: 'write' | 'delete',
  changed: RoleAssignment,
): void {
  const action = `Microsoft.Authorization/roleAssignments/${verb}`;
  if (roles.mayChange(caller.oid, action, changed)) return;
  throw new ArmError(
    403,
    'AuthorizationFailed',
    `The client '${caller.appid ?? caller.oid}' with object id '${caller.oid}' has an authorization with ABAC condition that is not fulfilled to perform action '${action}' over scope '${changed.scope}'.`,
  );
}

function parse({ clock, principals }: Parts, { params, request, caller }: Call): RoleAssignment {
  const properties = inner(request.json(), 'properties');
  const { principalId, roleDefinitionId, principalType, description } = properties;
  if (!guid.test(params['name']!))
    throw badRequest('The role assignment ID must be a GUID.', 'InvalidRoleAssignmentId');
  if (typeof principalId !== 'string' || !guid.test(principalId))
    throw badRequest('The principal ID must be a GUID.', 'InvalidPrincipalId');
  const role = roleById(textOf(roleDefinitionId).split('/').at(-1)!);
  if (!role)
    throw badRequest(
      `The specified role definition with ID '${textOf(roleDefinitionId)}' does not exist.`,
      'RoleDefinitionDoesNotExist',
    );
  // Azure looks the principal up in the directory only if the request has no principal type.
  if (principalType === undefined && !principals.has(principalId.toLowerCase()))
    throw badRequest(
      `Principal ${principalId} does not exist in the directory ${caller.tid}.`,
      'PrincipalNotFound',
    );
  return {
    name: params['name']!,
    scope: params['scope']!,
    roleId: role.id,
    principalId,
    principalType: typeof principalType === 'string' ? principalType : 'User',
    ...(typeof description === 'string' && { description }),
    createdOn: clock.now().toISOString(),
    createdBy: caller.oid,
  };
}

/** Returns false if the same assignment exists. Throws for a conflicting one. */
function assertNoConflict(all: readonly RoleAssignment[], wanted: RoleAssignment): boolean {
  const grant = ({ scope, roleId, principalId }: RoleAssignment) =>
    `${scope} ${roleId} ${principalId}`.toLowerCase();
  const sameName = all.find(({ name }) => name.toLowerCase() === wanted.name.toLowerCase());
  if (sameName && grant(sameName) === grant(wanted)) return false;
  if (sameName)
    throw new ArmError(
      409,
      'RoleAssignmentUpdateNotPermitted',
      'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.',
    );
  const duplicate = all.find((each) => grant(each) === grant(wanted));
  if (duplicate)
    throw new ArmError(
      409,
      'RoleAssignmentExists',
      `The role assignment already exists. The ID of the existing role assignment is ${duplicate.name.replaceAll('-', '')}.`,
    );
  const subscription = wanted.scope.split('/').slice(0, 3).join('/');
  if (all.filter(({ scope }) => isWithin(scope, subscription)).length >= assignmentLimit)
    throw badRequest(
      `No more role assignments can be created (${assignmentLimit} is the limit).`,
      'RoleAssignmentLimitExceeded',
    );
  return true;
}

/** Without a filter, assignments at, above and below the scope match. */
function filterOf(scope: string, filter: string | null): (each: RoleAssignment) => boolean {
  const atScope = (each: RoleAssignment) => isWithin(scope, each.scope);
  const near = (each: RoleAssignment) => atScope(each) || isWithin(each.scope, scope);
  if (filter === null) return near;
  const terms = filter.split(/\s+and\s+/i).map((term) => {
    if (/^atScope\(\)$/i.test(term)) return atScope;
    const [, of] =
      /^(?:principalId\s+eq\s+'([^']+)'|assignedTo\('([^']+)'\))$/i
        .exec(term.trim())
        ?.filter((part) => part !== undefined) ?? [];
    if (of === undefined) throw badRequest(`The filter '${term}' is not supported.`);
    return ({ principalId }: RoleAssignment) => principalId.toLowerCase() === of.toLowerCase();
  });
  return (each) => near(each) && terms.every((term) => term(each));
}

function roleNameOf(filter: string | null): (name: string) => boolean {
  if (filter === null) return () => true;
  const [, wanted] = /^roleName\s+eq\s+'([^']+)'$/i.exec(filter.trim()) ?? [];
  if (wanted === undefined) throw badRequest(`The filter '${filter}' is not supported.`);
  return (name) => name === wanted;
}

const notFound = (code: string, what: string, { params }: Call) =>
  new ArmError(404, code, `The ${what} '${params['name']}' is not found.`);
