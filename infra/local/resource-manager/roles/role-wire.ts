/** Role assignments and role definitions in Azure's format. */
import type { Json } from '../json';
import type { RoleAssignment } from './role-assignments';
import type { RoleDefinition } from './role-definitions';

export function toWire(assignment: RoleAssignment): Json {
  const { name, scope, roleId, createdBy, createdOn, condition = null, ...properties } = assignment;
  return {
    id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`,
    type: 'Microsoft.Authorization/roleAssignments',
    name,
    properties: {
      roleDefinitionId: `${subscriptionOf(scope)}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
      scope,
      ...properties,
      condition,
      conditionVersion: condition === null ? null : '2.0',
      createdOn,
      updatedOn: createdOn,
      createdBy,
      updatedBy: createdBy,
    },
  };
}

export function toWireRole(role: RoleDefinition, scope: string): Json {
  const { id, roleName, type, description, actions, notActions } = role;
  return {
    id: `${subscriptionOf(scope)}/providers/Microsoft.Authorization/roleDefinitions/${id}`,
    type: 'Microsoft.Authorization/roleDefinitions',
    name: id,
    properties: {
      roleName,
      type,
      description,
      assignableScopes: type === 'BuiltInRole' ? ['/'] : [subscriptionOf(scope)],
      permissions: [{ actions, notActions, dataActions: [], notDataActions: [] }],
    },
  };
}

const subscriptionOf = (scope: string) => scope.split('/').slice(0, 3).join('/');
