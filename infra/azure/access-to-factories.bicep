// What the tenant that owns the factories deploys once, so that role rules can assign roles there: the custom role Data
// Factory Operator, and for our app the right to assign three roles to users and groups, and nothing else.
targetScope = 'subscription'

@description('Object id of the enterprise application (service principal) of adf-connect in this tenant.')
param principalId string
@description('Resource groups in which role rules may assign roles.')
@minLength(1)
param resourceGroupNames array
@description('Id of the custom role, if it is not the default of the setting OPERATOR_ROLE_ID.')
param operatorRoleId string = ''

var roles = { dataFactoryOperator: '2d6b5f0e-7c5c-4d8e-9f57-0c1d5a3e8b21' }
var roleId = empty(operatorRoleId) ? roles.dataFactoryOperator : operatorRoleId
var subscriptionId = subscription().id

resource operatorRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: roleId
  properties: {
    roleName: 'Data Factory Operator (SCIM)'
    description: 'Runs, cancels and monitors Data Factory pipelines and triggers. Changes nothing, reads no linked service.'
    type: 'CustomRole'
    assignableScopes: [subscriptionId]
    permissions: [
      {
        // No write and no delete: with triggers/write a holder could redirect the token of a managed identity.
        actions: [
          'Microsoft.DataFactory/factories/read'
          'Microsoft.DataFactory/factories/pipelines/read'
          'Microsoft.DataFactory/factories/triggers/read'
          'Microsoft.DataFactory/factories/integrationruntimes/read'
          'Microsoft.DataFactory/factories/integrationruntimes/getstatus/read'
          'Microsoft.DataFactory/factories/integrationruntimes/monitoringdata/read'
          'Microsoft.DataFactory/factories/pipelines/createrun/action'
          'Microsoft.DataFactory/factories/pipelineruns/read'
          'Microsoft.DataFactory/factories/pipelineruns/cancel/action'
          'Microsoft.DataFactory/factories/cancelpipelinerun/action'
          'Microsoft.DataFactory/factories/pipelineruns/activityruns/read'
          'Microsoft.DataFactory/factories/pipelineruns/queryactivityruns/action'
          'Microsoft.DataFactory/factories/pipelineruns/queryactivityruns/read'
          'Microsoft.DataFactory/factories/pipelines/pipelineruns/read'
          'Microsoft.DataFactory/factories/pipelines/pipelineruns/activityruns/progress/read'
          'Microsoft.DataFactory/factories/querypipelineruns/action'
          'Microsoft.DataFactory/factories/querypipelineruns/read'
          'Microsoft.DataFactory/factories/querytriggers/action'
          'Microsoft.DataFactory/factories/querytriggerruns/action'
          'Microsoft.DataFactory/factories/querytriggerruns/read'
          'Microsoft.DataFactory/factories/triggerruns/read'
          'Microsoft.DataFactory/factories/triggers/start/action'
          'Microsoft.DataFactory/factories/triggers/stop/action'
          'Microsoft.DataFactory/factories/triggers/triggerruns/read'
          'Microsoft.DataFactory/factories/triggers/triggerruns/rerun/action'
          'Microsoft.DataFactory/factories/triggers/triggerruns/cancel/action'
          'Microsoft.DataFactory/factories/operationResults/read'
          'Microsoft.DataFactory/factories/getFeatureValue/read'
          'Microsoft.DataFactory/factories/getFeatureValue/action'
          'Microsoft.Resources/subscriptions/resourceGroups/read'
          'Microsoft.Insights/metrics/read'
          'Microsoft.ResourceHealth/availabilityStatuses/read'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

module roleAdministrator 'access-to-factories-group.bicep' = [
  for groupName in resourceGroupNames: {
    name: 'adf-connect-roles'
    scope: resourceGroup(groupName)
    params: { principalId: principalId, operatorRoleId: roleId }
    dependsOn: [operatorRole]
  }
]

output operatorRoleId string = roleId
