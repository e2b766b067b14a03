/**
 * Conditions of role assignments (ABAC, version 2.0), as far as they limit which roles may be given to
 * whom: lists of `GuidEquals` for the role and of `StringEqualsIgnoreCase` for the type of principal.
 * https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
 */

interface Changed {
  readonly roleId: string;
  readonly principalType: string;
}

/** Whether the condition of a delegation allows the role assignment to be written or deleted. */
export function allowedBy(condition: string, { roleId, principalType }: Changed): boolean {
  return (
    isListed(
      condition,
      /RoleDefinitionId\]\s+ForAnyOfAnyValues:GuidEquals\s*\{([^}]*)\}/i,
      roleId,
    ) &&
    isListed(
      condition,
      /PrincipalType\]\s+ForAnyOfAnyValues:StringEqualsIgnoreCase\s*\{([^}]*)\}/i,
      principalType,
    )
  );
}

/** A condition without the list does not limit the value. */
function isListed(condition: string, list: RegExp, value: string): boolean {
  const [, text] = list.exec(condition) ?? [];
  if (text === undefined) return true;
  const values = text.split(',').map((each) => each.trim().replaceAll("'", '').toLowerCase());
  return values.includes(value.toLowerCase());
}

/** The condition of infra/azure/access-to-factories-group.bicep for these roles. */
export function delegationOf(roleIds: readonly string[]): string {
  const part = (action: string, source: string) =>
    `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'})) OR (@${source}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${roleIds.join(', ')}} AND @${source}[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'User', 'Group'}))`;
  return `${part('write', 'Request')} AND ${part('delete', 'Resource')}`;
}
