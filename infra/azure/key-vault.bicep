// Key Vault for secrets of connectors and up to three secrets of the app. Access is by role only. A deleted secret can be
// recovered for ninety days and cannot be purged before.

param name string
param location string
param tags object

@description('Principal id of the identity that the app runs as.')
param principalId string

@description('Log Analytics workspace that records access to secrets.')
param workspaceId string

@description('Whether only private endpoints reach the vault.')
param privateOnly bool

@secure()
param oauthClientSecret string

@secure()
param cursorKey string

@secure()
@description('Headers that the collector of spans requires, or empty.')
param otlpHeaders string

var roles = {
  keyVaultSecretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: privateOnly ? 'Disabled' : 'Enabled'
    networkAcls: { defaultAction: privateOnly ? 'Deny' : 'Allow', bypass: 'None' }
  }
}

resource oauthClient 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'app-oauth-client'
  properties: { value: oauthClientSecret, contentType: 'client secret of the app that customers consent to' }
}

resource cursors 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'app-cursor-key'
  properties: { value: cursorKey, contentType: 'key that signs paging cursors' }
}

resource otlp 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(otlpHeaders)) {
  parent: vault
  name: 'app-otlp-headers'
  properties: { value: otlpHeaders, contentType: 'headers that the collector of spans requires' }
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, roles.keyVaultSecretsOfficer)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsOfficer)
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output vaultId string = vault.id
output uri string = vault.properties.vaultUri
output oauthClientSecretName string = oauthClient.name
output name string = vault.name
output cursorKeySecretName string = cursors.name
