/** Policies of the deployment: reviewed API versions, no keys, no passwords, only documented roles. */
import {
  bicepReader,
  nodesIn,
  ofType,
  property,
  readAzure,
  resourceType,
  stringIn,
  valueOf,
  type BicepFile,
  type Declaration,
} from './bicep';

/** Resource types and their reviewed API versions. */
const versions: Record<string, string> = {
  'Microsoft.Authorization/roleAssignments': '2022-04-01',
  'Microsoft.Authorization/roleDefinitions': '2022-04-01',
  'Microsoft.DurableTask/schedulers': '2026-02-01',
  'Microsoft.DurableTask/schedulers/retentionPolicies': '2026-02-01',
  'Microsoft.DurableTask/schedulers/taskHubs': '2026-02-01',
  'Microsoft.Insights/actionGroups': '2023-01-01',
  'Microsoft.Insights/components': '2020-02-02',
  'Microsoft.Insights/diagnosticSettings': '2021-05-01-preview',
  'Microsoft.Insights/scheduledQueryRules': '2023-12-01',
  'Microsoft.Insights/workbooks': '2023-06-01',
  'Microsoft.KeyVault/vaults': '2024-11-01',
  'Microsoft.KeyVault/vaults/secrets': '2024-11-01',
  'Microsoft.ManagedIdentity/userAssignedIdentities': '2024-11-30',
  'Microsoft.Network/natGateways': '2025-05-01',
  'Microsoft.Network/privateDnsZones': '2024-06-01',
  'Microsoft.Network/privateDnsZones/virtualNetworkLinks': '2024-06-01',
  'Microsoft.Network/privateEndpoints': '2025-05-01',
  'Microsoft.Network/privateEndpoints/privateDnsZoneGroups': '2025-05-01',
  'Microsoft.Network/publicIPAddresses': '2025-05-01',
  'Microsoft.Network/virtualNetworks': '2025-05-01',
  'Microsoft.OperationalInsights/workspaces': '2025-07-01',
  'Microsoft.Storage/storageAccounts': '2025-06-01',
  'Microsoft.Storage/storageAccounts/blobServices': '2025-06-01',
  'Microsoft.Storage/storageAccounts/blobServices/containers': '2025-06-01',
  'Microsoft.Storage/storageAccounts/queueServices': '2025-06-01',
  'Microsoft.Storage/storageAccounts/queueServices/queues': '2025-06-01',
  'Microsoft.Storage/storageAccounts/tableServices': '2025-06-01',
  'Microsoft.Storage/storageAccounts/tableServices/tables': '2025-06-01',
  'Microsoft.Web/serverfarms': '2025-03-01',
  'Microsoft.Web/sites': '2025-03-01',
  'Microsoft.Web/sites/basicPublishingCredentialsPolicies': '2025-03-01',
  'Microsoft.Web/sites/config': '2025-03-01',
};

/** Required properties by resource type. */
const requiredProperties: Record<string, Record<string, string>> = {
  'Microsoft.Storage/storageAccounts': {
    'properties.allowSharedKeyAccess': 'false',
    'properties.allowBlobPublicAccess': 'false',
    'properties.supportsHttpsTrafficOnly': 'true',
    'properties.minimumTlsVersion': "'TLS1_2'",
    'properties.publicNetworkAccess': "privateOnly ? 'Disabled' : 'Enabled'",
    'properties.networkAcls.defaultAction': "privateOnly ? 'Deny' : 'Allow'",
  },
  'Microsoft.Storage/storageAccounts/blobServices/containers': {
    'properties.publicAccess': "'None'",
  },
  'Microsoft.KeyVault/vaults': {
    'properties.enableRbacAuthorization': 'true',
    'properties.enableSoftDelete': 'true',
    'properties.enablePurgeProtection': 'true',
    'properties.publicNetworkAccess': "privateOnly ? 'Disabled' : 'Enabled'",
    'properties.networkAcls.defaultAction': "privateOnly ? 'Deny' : 'Allow'",
  },
  'Microsoft.Insights/components': { 'properties.DisableLocalAuth': 'true' },
  'Microsoft.OperationalInsights/workspaces': { 'properties.features.disableLocalAuth': 'true' },
  'Microsoft.Web/sites': {
    'identity.type': "'UserAssigned'",
    'properties.httpsOnly': 'true',
    'properties.siteConfig.minTlsVersion': "'1.2'",
    'properties.siteConfig.ftpsState': "'Disabled'",
  },
  'Microsoft.Web/sites/basicPublishingCredentialsPolicies': { 'properties.allow': 'false' },
};

/** Built-in roles by Microsoft's name. Only reviewed roles are listed. */
const knownRoles: Record<string, string> = {
  dataFactoryContributor: '673868aa-7521-48a0-acc6-0f60742d39f5',
  /** Our custom role. */
  dataFactoryOperator: '2d6b5f0e-7c5c-4d8e-9f57-0c1d5a3e8b21',
  durableTaskDataContributor: '0ad04412-c4d5-4796-b79c-f76d14c8d402',
  keyVaultSecretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb',
  /** Reader, only as a role that role rules may assign. */
  readerOfFactories: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  roleBasedAccessControlAdministrator: 'f58310d9-a9f6-439a-9e8d-f62e7b41a168',
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88',
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3',
};

/** Policies, each with a file that violates it, which proves that the policy can fail. */
const policies: [name: string, find: (file: BicepFile) => string[], guilty: string][] = [
  [
    'resource types come in a reviewed version',
    unreviewed,
    "resource a 'Microsoft.KeyVault/vaults@2015-06-01' = {}",
  ],
  [
    'resources have the required properties',
    differentProperties,
    "resource a 'Microsoft.Web/sites@2025-03-01' = { properties: { httpsOnly: false } }",
  ],
  [
    'an app turns both publishing passwords off',
    openPublishing,
    "resource a 'Microsoft.Web/sites@2025-03-01' = {}",
  ],
  ['no listKeys', keys, 'output k string = account.listKeys().keys[0].value'],
  [
    'every GUID is a role we can name',
    unnamedGuids,
    "var r = { reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7' }",
  ],
  [
    'who may give roles may give only some',
    unboundDelegation,
    "resource a 'Microsoft.Authorization/roleAssignments@2022-04-01' = { properties: { roleDefinitionId: roles.roleBasedAccessControlAdministrator } }",
  ],
  ['secrets come in as secure parameters', insecureParameters, 'param clientSecret string'],
  [
    'secrets have no value of their own',
    secretsWithDefaults,
    "@secure()\nparam a string = 'hunter2'",
  ],
  ['no output holds a secret', secretsInOutputs, '@secure()\nparam a string\noutput b string = a'],
];

let files: readonly BicepFile[];
let read: (name: string, text: string) => BicepFile;
beforeAll(async () => {
  read = await bicepReader();
  files = [...(await readAzure()).values()].filter(({ name }) => name.endsWith('.bicep'));
});

describe.each(policies)('the deployment policy "%s"', (_name, find, guilty) => {
  it('is kept by all Bicep files', () => {
    expect(files.flatMap(find)).toEqual([]);
  });

  it('finds a file that violates it', () => {
    expect(find(read('guilty.bicep', guilty))).not.toEqual([]);
  });
});

function resources(file: BicepFile, type?: string): Declaration[] {
  return file.declarations.filter(
    (declared) =>
      declared.kind === 'resource' && (type === undefined || resourceType(declared).type === type),
  );
}

function unreviewed(file: BicepFile): string[] {
  return resources(file)
    .map(resourceType)
    .filter(({ type, version }) => versions[type] !== version)
    .map(({ type, version }) => `${file.name} ${type}@${version}`);
}

function differentProperties(file: BicepFile): string[] {
  return resources(file).flatMap((resource) =>
    Object.entries(requiredProperties[resourceType(resource).type] ?? {})
      .filter(([path, value]) => property(resource.node, path)?.text !== value)
      .map(([path, value]) => `${file.name} ${resource.name}: ${path} must be ${value}`),
  );
}

function openPublishing(file: BicepFile): string[] {
  if (resources(file, 'Microsoft.Web/sites').length === 0) return [];
  const closed = resources(file, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies').map(
    ({ node }) => property(node, 'name')?.text,
  );
  return ["'ftp'", "'scm'"].filter((name) => !closed.includes(name));
}

function keys({ name, text }: BicepFile): string[] {
  return [...text.matchAll(/\blist\w+\(|AccountKey=|SharedAccessKey=|[?&]sig=/g)].map(
    ([found]) => `${name} ${found}`,
  );
}

function unnamedGuids(file: BicepFile): string[] {
  const guid = /^'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'$/i;
  return ofType(file.root, 'string')
    .filter(({ text }) => guid.test(text))
    .filter(({ text, parent }) => {
      const name = parent?.type === 'object_property' ? parent.namedChildren[0]!.text : '';
      return knownRoles[name] !== text.slice(1, -1);
    })
    .map(({ text }) => `${file.name} ${text}`);
}

function unboundDelegation(file: BicepFile): string[] {
  return resources(file, 'Microsoft.Authorization/roleAssignments')
    .filter(({ node }) => node.text.includes('roleBasedAccessControlAdministrator'))
    .filter(
      ({ node }) =>
        property(node, 'properties.condition') === undefined ||
        property(node, 'properties.conditionVersion')?.text !== "'2.0'",
    )
    .map(({ name }) => `${file.name} ${name}`);
}

const parameters = ({ declarations }: BicepFile) =>
  declarations.filter(({ kind }) => kind === 'parameter');
const isSecure = ({ decorators }: Declaration) => decorators.includes('secure');

function insecureParameters(file: BicepFile): string[] {
  return parameters(file)
    .filter(({ name }) => /(secret|password|key|token)$/i.test(name))
    .filter((param) => !isSecure(param))
    .map(({ name }) => `${file.name} ${name}`);
}

function secretsWithDefaults(file: BicepFile): string[] {
  return parameters(file)
    .filter(
      (param) =>
        isSecure(param) && valueOf(param) !== undefined && stringIn(valueOf(param)!) !== '',
    )
    .map(({ name }) => `${file.name} ${name}`);
}

function secretsInOutputs(file: BicepFile): string[] {
  const secrets = new Set(
    parameters(file)
      .filter(isSecure)
      .map(({ name }) => name),
  );
  return file.declarations
    .filter(({ kind }) => kind === 'output')
    .filter((output) => {
      const value = valueOf(output);
      return value && [...nodesIn(value)].some(({ text }) => secrets.has(text));
    })
    .map(({ name }) => `${file.name} ${name}`);
}
