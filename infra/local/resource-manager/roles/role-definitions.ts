/** Built-in roles with Azure's ids, and one custom role. */
import { guidOf } from '../etag';

export interface RoleDefinition {
  readonly id: string;
  readonly roleName: string;
  readonly type: 'BuiltInRole' | 'CustomRole';
  readonly description: string;
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
}

export const roleIds = {
  owner: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  accessAdministrator: 'f58310d9-a9f6-439a-9e8d-f62e7b41a168',
  dataFactoryContributor: '673868aa-7521-48a0-acc6-0f60742d39f5',
  dataFactoryOperator: guidOf('Data Factory Operator (SCIM)'),
} as const;

const factories = 'Microsoft.DataFactory/factories';

export const roleDefinitions: readonly RoleDefinition[] = [
  builtIn(roleIds.owner, 'Owner', 'Full access, and may give access to others.', ['*']),
  builtIn(
    roleIds.contributor,
    'Contributor',
    'Full access, but may not give access to others.',
    ['*'],
    ['Microsoft.Authorization/*/Delete', 'Microsoft.Authorization/*/Write'],
  ),
  builtIn(roleIds.reader, 'Reader', 'View all resources, without changing any.', ['*/read']),
  builtIn(
    roleIds.accessAdministrator,
    'Role Based Access Control Administrator',
    'Manage access to Azure resources by assigning roles.',
    [
      'Microsoft.Authorization/roleAssignments/write',
      'Microsoft.Authorization/roleAssignments/delete',
      '*/read',
    ],
  ),
  builtIn(
    roleIds.dataFactoryContributor,
    'Data Factory Contributor',
    'Create and manage data factories, and what they hold.',
    [
      'Microsoft.Authorization/*/read',
      'Microsoft.DataFactory/dataFactories/*',
      `${factories}/*`,
      'Microsoft.Resources/deployments/*',
      'Microsoft.Resources/subscriptions/resourceGroups/read',
    ],
  ),
  {
    id: roleIds.dataFactoryOperator,
    roleName: 'Data Factory Operator (SCIM)',
    type: 'CustomRole',
    description: 'Runs, cancels and monitors pipelines and triggers. Reads no linked service.',
    actions: [
      `${factories}/read`,
      ...['pipelines', 'triggers', 'integrationruntimes', 'pipelineruns', 'triggerruns'].map(
        (kind) => `${factories}/${kind}/read`,
      ),
      `${factories}/integrationruntimes/getstatus/read`,
      `${factories}/pipelines/createrun/action`,
      `${factories}/pipelineruns/cancel/action`,
      `${factories}/pipelineruns/queryactivityruns/read`,
      `${factories}/querypipelineruns/read`,
      `${factories}/querytriggerruns/read`,
      `${factories}/triggers/start/action`,
      `${factories}/triggers/stop/action`,
      'Microsoft.Resources/subscriptions/resourceGroups/read',
    ],
    notActions: [],
  },
];

export const roleById = (id: string): RoleDefinition | undefined =>
  roleDefinitions.find((role) => role.id === id.toLowerCase());

/** `*` matches any characters, also across segments. */
export function allows({ actions, notActions }: RoleDefinition, action: string): boolean {
  return actions.some(covers(action)) && !notActions.some(covers(action));
}

const covers = (action: string) => (pattern: string) => {
  const parts = pattern.split('*').map((part) => part.replaceAll('.', '\\.'));
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(action);
};

function builtIn(
  id: string,
  roleName: string,
  description: string,
  actions: readonly string[],
  notActions: readonly string[] = [],
): RoleDefinition {
  return { id, roleName, type: 'BuiltInRole', description, actions, notActions };
}
