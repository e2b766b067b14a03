// Optional: the Durable Task Scheduler as the backend of Durable Functions, in place of the storage account.

param name string
param location string
param tags object

@description('Principal id of the identity that the app runs as.')
param principalId string

@description('Client id of the same identity.')
param identityClientId string

var roles = {
  durableTaskDataContributor: '0ad04412-c4d5-4796-b79c-f76d14c8d402'
}

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' = {
  name: name
  location: location
  tags: tags
  // An empty list would refuse every address. Access is by role.
  properties: { sku: { name: 'Consumption' }, ipAllowlist: ['0.0.0.0/0'], publicNetworkAccess: 'Enabled' }
}

resource hub 'Microsoft.DurableTask/schedulers/taskHubs@2026-02-01' = {
  parent: scheduler
  name: 'adfconnect'
}

// As long as the nightly purge keeps histories on a storage account.
resource retention 'Microsoft.DurableTask/schedulers/retentionPolicies@2026-02-01' = {
  parent: scheduler
  name: 'default'
  properties: { retentionPolicies: [{ retentionPeriodInDays: 14 }] }
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(scheduler.id, principalId, roles.durableTaskDataContributor)
  scope: scheduler
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.durableTaskDataContributor)
  }
}

// Settings that override host.json, which names the storage account.
output settings object = {
  AzureFunctionsJobHost__extensions__durableTask__hubName: hub.name
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER'
  DURABLE_TASK_SCHEDULER: 'Endpoint=${scheduler.properties.endpoint};TaskHub=${hub.name};Authentication=ManagedIdentity;ClientID=${identityClientId}'
}
