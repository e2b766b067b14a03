// The app's own identity. The files of storage, key vault and telemetry assign its roles. It has no role on factories of
// customers: these are read with the credential of the connector.

param name string
param location string
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
