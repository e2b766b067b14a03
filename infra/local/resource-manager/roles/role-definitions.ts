/** Built-in roles with Azure's ids, and one custom role. */
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
  /** As infra/azure/access-to-factories.bicep makes it. */
  dataFactoryOperator: '2d6b5f0e-7c5c-4d8e-9f57-0c1d5a3e8b21',
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
    description:
      'Runs, cancels and monitors Data Factory pipelines and triggers. Changes nothing, reads no linked service.',
    actions: [
      `${factories}/read`,
      `${factories}/pipelines/read`,
      `${factories}/triggers/read`,
      `${factories}/integrationruntimes/read`,
      `${factories}/integrationruntimes/getstatus/read`,
      `${factories}/integrationruntimes/monitoringdata/read`,
      `${factories}/pipelines/createrun/action`,
      `${factories}/pipelineruns/read`,
      `${factories}/pipelineruns/cancel/action`,
      `${factories}/cancelpipelinerun/action`,
      `${factories}/pipelineruns/activityruns/read`,
      `${factories}/pipelineruns/queryactivityruns/action`,
      `${factories}/pipelineruns/queryactivityruns/read`,
      `${factories}/pipelines/pipelineruns/read`,
      `${factories}/pipelines/pipelineruns/activityruns/progress/read`,
      `${factories}/querypipelineruns/action`,
      `${factories}/querypipelineruns/read`,
      `${factories}/querytriggers/action`,
      `${factories}/querytriggerruns/action`,
      `${factories}/querytriggerruns/read`,
      `${factories}/triggerruns/read`,
      `${factories}/triggers/start/action`,
      `${factories}/triggers/stop/action`,
      `${factories}/triggers/triggerruns/read`,
      `${factories}/triggers/triggerruns/rerun/action`,
      `${factories}/triggers/triggerruns/cancel/action`,
      `${factories}/operationResults/read`,
      `${factories}/getFeatureValue/read`,
      `${factories}/getFeatureValue/action`,
      'Microsoft.Resources/subscriptions/resourceGroups/read',
      'Microsoft.Insights/metrics/read',
      'Microsoft.ResourceHealth/availabilityStatuses/read',
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
