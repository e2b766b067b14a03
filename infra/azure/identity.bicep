// The app's own identity. Storage, vault and telemetry know it by the roles given beside them; customers' factories
// do not know it at all, since a connector brings its own credential.

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
