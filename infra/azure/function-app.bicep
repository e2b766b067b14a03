// The function app: Flex Consumption, one user-assigned identity, no publishing passwords. Its settings are those that
// the product reads and those of the platform; a test compares them with the code.

param name string
param planName string
param location string
param tags object
param zoneRedundant bool

@allowed(['22', '24'])
param nodeVersion string

@description('Always-ready instances for requests.')
param alwaysReadyHttp int

@description('Always-ready instances for orchestrations and their steps.')
param alwaysReadyDurable int

@description('Always-ready instances for messages that ask for due work.')
param alwaysReadyWork int

@description('Subnet that outgoing traffic passes, or empty.')
param subnetId string

@description('Settings of another backend of Durable Functions than the storage account.')
param durableSettings object

param identityId string
param identityClientId string

param packageContainerUrl string
param blobEndpoint string
param queueEndpoint string
param tableEndpoint string

param keyVaultUri string
param oauthClientSecretName string
param cursorKeySecretName string

@description('Collector of spans (OTLP over HTTP), or empty.')
param otlpEndpoint string

@description('Key Vault reference to the headers that the collector requires, or empty.')
param otlpHeadersReference string

param workspaceId string
param insightsConnectionString string

param apiClientId string
param consoleClientId string
param apiTenants array
param oauthClientId string
param oauthTenantId string
param publicUrl string
param returnUrls object
param allowedOrigins array
param graphUrl string
param maxConnectorsPerTenant int
param historyRetentionDays int
param auditRetentionDays int
param removedResourcesRetentionDays int
param operatorRoleId string
param roleAssignmentWritesPerSecond int
param massRevocationCount int
param massRevocationPercent int

@allowed(['open', 'closed'])
param leaverCheckFailure string

param runHistoryRetentionDays int
param refreshIntervalMinutes int
param refreshSchedule string
param connectionMaintenanceSchedule string

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: 40
        alwaysReady: concat(
          alwaysReadyHttp > 0 ? [{ name: 'http', instanceCount: alwaysReadyHttp }] : [],
          alwaysReadyDurable > 0 ? [{ name: 'durable', instanceCount: alwaysReadyDurable }] : [],
          alwaysReadyWork > 0 ? [{ name: 'function:runTask', instanceCount: alwaysReadyWork }] : []
        )
        triggers: { http: { perInstanceConcurrency: 16 } }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      cors: { allowedOrigins: allowedOrigins, supportCredentials: false }
    }
  }
}

var url = empty(publicUrl) ? 'https://${app.properties.defaultHostName}' : publicUrl

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: union(durableSettings, {
    // Read by the platform
    MALLOC_ARENA_MAX: '2' // threads that compress rows do not each keep memory of their own
    // Fixed values (1 MiB): without them glibc raises both with each large buffer, and keeps more free memory.
    // Smaller ones would give back, and ask for, the 256 KiB of each compression.
    MALLOC_MMAP_THRESHOLD_: '1048576'
    MALLOC_TRIM_THRESHOLD_: '1048576'
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    AzureWebJobsStorage__blobServiceUri: blobEndpoint
    AzureWebJobsStorage__queueServiceUri: queueEndpoint
    AzureWebJobsStorage__tableServiceUri: tableEndpoint
    AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential'
    APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
    STORAGE__credential: 'managedidentity' // of the queue trigger
    STORAGE__clientId: identityClientId
    OTEL_EXPORTER_OTLP_HEADERS: otlpHeadersReference
    // Read by the product
    STORAGE__tableServiceUri: tableEndpoint
    STORAGE__queueServiceUri: queueEndpoint
    KEY_VAULT_URI: keyVaultUri
    AZURE_CLIENT_ID: identityClientId
    ENTRA_AUTHORITY_URL: environment().authentication.loginEndpoint
    ENTRA_SIGN_IN_URL: environment().authentication.loginEndpoint
    RESOURCE_MANAGER_URL: environment().resourceManager
    GRAPH_URL: graphUrl
    API_CLIENT_ID: apiClientId
    CONSOLE_CLIENT_ID: consoleClientId
    API_TENANTS: join(apiTenants, ',')
    OAUTH_CLIENT_ID: oauthClientId
    OAUTH_TENANT_ID: oauthTenantId
    OAUTH_CLIENT_SECRET_NAME: oauthClientSecretName
    CURSOR_KEY_SECRET_NAME: cursorKeySecretName
    PUBLIC_URL: url
    RETURN_URLS: string(returnUrls)
    WEBHOOK_ALLOWED_HOSTS: '' // no webhook may reach a private address
    MAX_CONNECTORS_PER_TENANT: string(maxConnectorsPerTenant)
    OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint
    REFRESH_INTERVAL_MINUTES: string(refreshIntervalMinutes)
    RUN_HISTORY_RETENTION_DAYS: string(runHistoryRetentionDays)
    RUN_ACTIVITY_POLICY: 'failed,latest'
    REMOVED_RESOURCES_RETENTION_DAYS: string(removedResourcesRetentionDays)
    HISTORY_RETENTION_DAYS: string(historyRetentionDays)
    AUDIT_RETENTION_DAYS: string(auditRetentionDays)
    OPERATOR_ROLE_ID: operatorRoleId
    ROLE_ASSIGNMENT_WRITES_PER_SECOND: string(roleAssignmentWritesPerSecond)
    MASS_REVOCATION_COUNT: string(massRevocationCount)
    MASS_REVOCATION_PERCENT: string(massRevocationPercent)
    LEAVER_CHECK_FAILURE: leaverCheckFailure
    SECRET_REMOVAL_CONFIRMED_UNTIL: '' // an operator sets a time by hand, and the next deployment ends it
    REFRESH_SCHEDULE: refreshSchedule
    CONNECTION_MAINTENANCE_SCHEDULE: connectionMaintenanceSchedule
  })
}

resource ftp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource scm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: app
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'FunctionAppLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output name string = app.name
output url string = url
