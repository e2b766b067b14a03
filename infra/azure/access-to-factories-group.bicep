// Role Based Access Control Administrator in one resource group, limited by a condition (version 2.0) to the three roles
// and to users and groups. The service principal can give no other role, and none to an app.
targetScope = 'resourceGroup'

param principalId string
param operatorRoleId string

var roles = {
  dataFactoryContributor: '673868aa-7521-48a0-acc6-0f60742d39f5'
  readerOfFactories: 'acdd72a7-3385-48ef-bd42-f606fba81ae7' // Reader
  roleBasedAccessControlAdministrator: 'f58310d9-a9f6-439a-9e8d-f62e7b41a168'
}
var assignable = '{${roles.dataFactoryContributor}, ${operatorRoleId}, ${roles.readerOfFactories}}'

var writeAllowed = '@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals ${assignable} AND @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {\'User\', \'Group\'}'
var deleteAllowed = '@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals ${assignable} AND @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {\'User\', \'Group\'}'
var condition = '((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/write\'})) OR (${writeAllowed})) AND ((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/delete\'})) OR (${deleteAllowed}))'

resource administrator 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, principalId, roles.roleBasedAccessControlAdministrator)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.roleBasedAccessControlAdministrator)
    condition: condition
    conditionVersion: '2.0'
    description: 'Assigns Data Factory Contributor, Data Factory Operator and Reader by role rules of adf-connect.'
  }
}
