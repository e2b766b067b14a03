// Everything that adf-connect needs, in one resource group. The modules have the names of their local emulators.
targetScope = 'resourceGroup'

@description('Name of the environment, as azd takes it. Its first letters and digits are part of every resource name.')
@minLength(1)
@maxLength(64)
param name string
param location string = resourceGroup().location

@allowed(['22', '24'])
param nodeVersion string = '24'
@description('Whether storage and instances are spread over the zones of the region.')
param zoneRedundant bool = false
@description('Whether storage and Key Vault are reached through private endpoints only.')
param vnetEnabled bool = false
@description('Addresses of the virtual network: a /24 or larger.')
param vnetAddressPrefix string = '10.64.0.0/24'
@description('Backend of Durable Functions. Orchestrations are not moved when it changes.')
@allowed(['azureStorage', 'durableTaskScheduler'])
param durableBackend string = 'azureStorage'
@description('Instances that always wait for requests: no cold start, and a fixed price for each.')
@minValue(0)
param alwaysReadyHttp int = 0
@description('Instances that always wait for orchestrations and their steps.')
@minValue(0)
param alwaysReadyDurable int = 0
@description('Instances that always wait for messages, so that an event reaches webhooks without a cold start.')
@minValue(0)
param alwaysReadyWork int = 0
param logRetentionDays int = 30
param alertEmails array = []

@description('Client id of the app registration that API tokens are issued for.')
param apiClientId string
@description('Client id of the app registration of the console, or empty without the console.')
param consoleClientId string = ''
@description('Tenants whose tokens are accepted, or *.')
param apiTenants array
@description('Client id of the multi-tenant app that customers consent to.')
param oauthClientId string
@description('Tenant in which that app is registered, if it is not the tenant of the subscription.')
param oauthTenantId string = ''
@description('Client secret of that app.')
@secure()
@minLength(1)
param oauthClientSecret string
@description('Key that signs paging cursors: a long random text, the same in every deployment.')
@secure()
param cursorKey string = ''
@description('Used if cursorKey is empty. Cursors issued before the deployment are then refused.')
@secure()
param freshCursorKey string = newGuid()

@description('Address of the API for browsers, if it is not the host name of the function app.')
param publicUrl string = ''
@description('Pages that a sign-in may return to, by name.')
param returnUrls object = {}
@description('Origins whose pages may call the API (CORS).')
param allowedOrigins array = []
param graphUrl string = 'https://graph.microsoft.com'
@description('Collector that gets spans by OTLP over HTTP, without /v1/traces. Empty: no spans are exported.')
param otlpEndpoint string = ''
@description('Headers that the collector requires, as name=value, separated by commas.')
@secure()
param otlpHeaders string = ''

@description('Connectors that one tenant may have.')
@minValue(1)
@maxValue(10000)
param maxConnectorsPerTenant int = 1000
@description('Retention of sync runs, events and deliveries.')
@minValue(7)
@maxValue(3650)
param historyRetentionDays int = 90
@description('Retention of the audit trail.')
@minValue(90)
@maxValue(3650)
param auditRetentionDays int = 730
@description('Retention of removed resources.')
@minValue(1)
@maxValue(365)
param removedResourcesRetentionDays int = 30
@description('Id of the custom role Data Factory Operator, if access-to-factories.bicep did not make it.')
param operatorRoleId string = ''
@description('Role assignments that one instance writes per second and subscription.')
@minValue(1)
@maxValue(10)
param roleAssignmentWritesPerSecond int = 2
@description('Revocations by changes of rules or memberships that need no confirmation.')
@minValue(0)
@maxValue(10000)
param massRevocationCount int = 10
@description('The same as a percentage of all grants of a connection; the larger of both counts.')
@minValue(0)
@maxValue(100)
param massRevocationPercent int = 20
@description('Whether callers are admitted or refused while the list of deactivated persons cannot be read.')
@allowed(['open', 'closed'])
param leaverCheckFailure string = 'open'
@description('Retention of run history. With 0 no run is mirrored.')
@minValue(0)
@maxValue(45)
param runHistoryRetentionDays int = 45
@description('Interval between two syncs of a connector without a schedule of its own.')
@minValue(5)
@maxValue(43200)
param refreshIntervalMinutes int = 360
@description('Six-field NCRONTAB: when to look for connectors whose sync is due.')
param refreshSchedule string = '0 */5 * * * *'

@description('Six-field NCRONTAB: when to renew tokens and to send expiry reminders.')
param connectionMaintenanceSchedule string = '0 */15 * * * *'

// azd accepts letters, digits and -_.() in names; a storage account accepts lower-case letters and digits only.
var alphanumeric = replace(replace(replace(replace(replace(toLower(name), '-', ''), '_', ''), '.', ''), '(', ''), ')', '')
var shortName = empty(alphanumeric) ? 'app' : take(alphanumeric, 12)
var token = toLower(uniqueString(subscription().id, resourceGroup().id, name))
var useScheduler = durableBackend == 'durableTaskScheduler'
var roles = { dataFactoryOperator: '2d6b5f0e-7c5c-4d8e-9f57-0c1d5a3e8b21' }
var tags = { application: 'adf-connect', 'azd-env-name': name }

module identity 'identity.bicep' = {
  name: 'identity'
  params: {
    name: 'id-${shortName}-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'monitoring.bicep' = {
  name: 'monitoring'
  params: {
    workspaceName: 'log-${shortName}-${token}'
    insightsName: 'appi-${shortName}-${token}'
    location: location
    tags: tags
    retentionInDays: logRetentionDays
    principalId: identity.outputs.principalId
    alertEmails: alertEmails
  }
}

module storage 'storage.bicep' = {
  name: 'storage'
  params: {
    name: 'st${take(shortName, 6)}${token}'
    location: location
    tags: tags
    zoneRedundant: zoneRedundant
    privateOnly: vnetEnabled
    principalId: identity.outputs.principalId
  }
}

module keyVault 'key-vault.bicep' = {
  name: 'key-vault'
  params: {
    name: 'kv-${take(shortName, 6)}-${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
    privateOnly: vnetEnabled
    oauthClientSecret: oauthClientSecret
    cursorKey: empty(cursorKey) ? freshCursorKey : cursorKey
    otlpHeaders: otlpHeaders
  }
}

module network 'network.bicep' = if (vnetEnabled) {
  name: 'network'
  params: {
    name: '${shortName}-${token}'
    location: location
    tags: tags
    addressPrefix: vnetAddressPrefix
    storageAccountId: storage.outputs.accountId
    keyVaultId: keyVault.outputs.vaultId
  }
}

module scheduler 'durable-task-scheduler.bicep' = if (useScheduler) {
  name: 'durable-task-scheduler'
  params: {
    name: 'dts-${shortName}-${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    identityClientId: identity.outputs.clientId
  }
}

module functionApp 'function-app.bicep' = {
  name: 'function-app'
  params: {
    name: 'func-${shortName}-${token}'
    planName: 'plan-${shortName}-${token}'
    location: location
    tags: tags
    zoneRedundant: zoneRedundant
    nodeVersion: nodeVersion
    alwaysReadyHttp: alwaysReadyHttp
    alwaysReadyDurable: alwaysReadyDurable
    alwaysReadyWork: alwaysReadyWork
    subnetId: vnetEnabled ? network!.outputs.appSubnetId : ''
    durableSettings: useScheduler ? scheduler!.outputs.settings : {}
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    packageContainerUrl: storage.outputs.packageContainerUrl
    blobEndpoint: storage.outputs.blobEndpoint
    queueEndpoint: storage.outputs.queueEndpoint
    tableEndpoint: storage.outputs.tableEndpoint
    keyVaultUri: keyVault.outputs.uri
    oauthClientSecretName: keyVault.outputs.oauthClientSecretName
    cursorKeySecretName: keyVault.outputs.cursorKeySecretName
    workspaceId: monitoring.outputs.workspaceId
    insightsConnectionString: monitoring.outputs.connectionString
    otlpEndpoint: otlpEndpoint
    otlpHeadersReference: empty(otlpHeaders) ? '' : '@Microsoft.KeyVault(VaultName=${keyVault.outputs.name};SecretName=app-otlp-headers)'
    apiClientId: apiClientId
    consoleClientId: consoleClientId
    apiTenants: apiTenants
    oauthClientId: oauthClientId
    oauthTenantId: empty(oauthTenantId) ? tenant().tenantId : oauthTenantId
    publicUrl: publicUrl
    returnUrls: returnUrls
    allowedOrigins: allowedOrigins
    graphUrl: graphUrl
    maxConnectorsPerTenant: maxConnectorsPerTenant
    historyRetentionDays: historyRetentionDays
    auditRetentionDays: auditRetentionDays
    operatorRoleId: empty(operatorRoleId) ? roles.dataFactoryOperator : operatorRoleId
    roleAssignmentWritesPerSecond: roleAssignmentWritesPerSecond
    massRevocationCount: massRevocationCount
    massRevocationPercent: massRevocationPercent
    leaverCheckFailure: leaverCheckFailure
    removedResourcesRetentionDays: removedResourcesRetentionDays
    runHistoryRetentionDays: runHistoryRetentionDays
    refreshIntervalMinutes: refreshIntervalMinutes
    refreshSchedule: refreshSchedule
    connectionMaintenanceSchedule: connectionMaintenanceSchedule
  }
}

output functionAppName string = functionApp.outputs.name
output url string = functionApp.outputs.url
output redirectUri string = '${functionApp.outputs.url}/api/oauth/callback'
output outboundAddress string = vnetEnabled ? network!.outputs.outboundAddress : ''
output keyVaultUri string = keyVault.outputs.uri
