// Telemetry and alerts. Application Insights accepts Entra tokens only.

param workspaceName string
param insightsName string
param location string
param tags object
param retentionInDays int

@description('Principal id of the identity that the app runs as.')
param principalId string

@description('Addresses that receive a mail when an alert fires. May be empty.')
param alertEmails array

var roles = {
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}

// A line of the log is JSON with the member `event`. The level of a line decides nothing: the host derives it from words
// in lines that the app writes to the console. A test runs each query over the records of the local host.
var lines = 'traces | extend line = parse_json(message) | extend event = tostring(line.event), task = tostring(line.task)'

var alerts = [
  {
    name: 'background-work-fails'
    title: 'Background work fails'
    text: 'A timer or a task could not do its work, an orchestration failed, a step failed in all its attempts, or a sync run stalled.'
    query: '${lines} | where event in ("timer.failed", "orchestration.failed", "step.failed", "sync_run.stalled") or (event == "task.failed" and task != "relayOutbox")'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'event-relay-fails'
    title: 'Events are not relayed'
    text: 'The outbox could not be relayed six times within 15 minutes. Webhooks and event streams are late.'
    query: '${lines} | where event == "task.failed" and task == "relayOutbox"'
    operator: 'GreaterThan'
    threshold: 5
  }
  {
    name: 'background-work-stopped'
    title: 'Background work has stopped'
    text: 'The timer tick has not run for 15 minutes. No sync, renewal or delivery may be running.'
    query: 'requests | where name == "tick"'
    operator: 'LessThan'
    threshold: 1
  }
  {
    name: 'stored-data-damaged'
    title: 'Stored data cannot be read'
    text: 'An event in the outbox or a record of the audit trail cannot be read or was lost, or the trail could not be signed, or its checkpoints are gone.'
    query: '${lines} | where event in ("outbox.row_failed", "connector.row_unreadable", "audit.entry_unreadable", "audit.record_lost", "audit.checkpoint_failed", "audit.checkpoints_missing")'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'access-changes-stuck'
    title: 'Role assignments do not follow the directory'
    text: 'A change of access failed eight times or more, so a person who left may keep a role; or a subscription has 80 % of the role assignments that Azure allows.'
    query: '${lines} | where event in ("intent.stuck", "role_assignments.limit_near")'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'revocations-held'
    title: 'A mass revocation waits for a confirmation'
    text: 'An identity provider removed so many members that their roles are kept until an Owner of the tenant confirms (POST .../access/confirm-revocations).'
    query: '${lines} | where event == "revocations.held"'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'secret-removal-held'
    title: 'A mass removal of secrets waits for a confirmation'
    text: 'Rows refer to so few secrets of the vault that storage may not be the one that belongs to it. Compare STORAGE__tableServiceUri and KEY_VAULT_URI. No secret is removed until SECRET_REMOVAL_CONFIRMED_UNTIL is set to a time in the future.'
    query: '${lines} | where event == "orphaned_secrets.held"'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'leavers-unknown'
    title: 'Persons who left cannot be listed'
    text: 'The list of deactivated persons could not be read more than five times within 15 minutes. LEAVER_CHECK_FAILURE decides whether callers are admitted (open) or refused (closed) meanwhile.'
    query: '${lines} | where event == "leavers.list_failed"'
    operator: 'GreaterThan'
    threshold: 5
  }
  {
    name: 'server-errors'
    title: 'The API returns server errors'
    text: 'More than five responses with status 500 or above within 15 minutes.'
    query: 'requests | where isnotempty(url) and toint(resultCode) >= 500'
    operator: 'GreaterThan'
    threshold: 5
  }
  {
    name: 'own-app-fails'
    title: 'The app that customers consent to cannot sign in'
    text: 'Entra refuses the app: its secret is wrong or has expired, or the app is missing or disabled. Connections made with it are degraded until it is repaired.'
    query: '${lines} | where event == "own_app.failed"'
    operator: 'GreaterThan'
    threshold: 0
  }
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionInDays
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, roles.monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.monitoringMetricsPublisher)
  }
}

resource team 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${insightsName}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'adf-connect'
    enabled: true
    emailReceivers: [
      for (email, i) in alertEmails: {
        name: 'email-${i}'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in alerts: {
    name: '${alert.name}-${insightsName}'
    location: location
    tags: tags
    properties: {
      displayName: alert.title
      description: alert.text
      severity: 2
      enabled: true
      scopes: [insights.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: alert.operator
            threshold: alert.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [team.id] }
    }
  }
]

// The queries are documented in infra/README.md; a test compares them.
resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(insights.id, 'adf-connect')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'adf-connect'
    category: 'workbook'
    sourceId: insights.id
    serializedData: loadTextContent('workbook.json')
    version: '1.0'
  }
}

output workspaceId string = workspace.id
output connectionString string = insights.properties.ConnectionString
