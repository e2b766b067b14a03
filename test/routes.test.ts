/** Every route of the API and the roles that may call it. */
import { endpoints } from '../functions/endpoints';
import { roles } from '../functions/http/caller';
import type { Endpoint } from '../functions/http/endpoint';

test('routes and their roles are these', () => {
  const routes = Object.entries<Endpoint>(endpoints).map(([name, { method, route, allow }]) => {
    return `${method.padEnd(6)} /api/${route} ${name}: ${rolesOf(allow)}`;
  });

  // prettier-ignore
  expect(routes.toSorted()).toEqual([
    'GET    /api/connector-types listConnectorTypes: every role',
    'GET    /api/connector-types/{type} getConnectorType: every role',
    'POST   /api/connectors createConnector: Owner',
    'GET    /api/connectors listConnectors: every role',
    'GET    /api/connectors/{connectorId} getConnector: every role',
    'PATCH  /api/connectors/{connectorId} updateConnector: Owner',
    'DELETE /api/connectors/{connectorId} deleteConnector: Owner',
    'GET    /api/connectors/{connectorId}/deletion getConnectorDeletion: Owner',
    'POST   /api/connectors/{connectorId}/credentials submitCredentials: Owner',
    'GET    /api/connectors/{connectorId}/attempts listConnectionAttempts: Owner',
    'POST   /api/connectors/{connectorId}/credentials/rotate rotateCredential: Owner',
    'POST   /api/connectors/{connectorId}/test testConnection: Owner, Member',
    'POST   /api/connectors/{connectorId}/disconnect disconnectConnector: Owner',
    'GET    /api/connectors/{connectorId}/admin-consent-url getAdminConsentUrl: Owner',
    'GET    /api/me getMe: any caller',
    'POST   /api/connectors/{connectorId}/device-sessions startDeviceSession: Owner',
    'GET    /api/connectors/{connectorId}/device-sessions/{sessionId} getDeviceSession: Owner',
    'DELETE /api/connectors/{connectorId}/device-sessions/{sessionId} cancelDeviceSession: Owner',
    'POST   /api/connectors/{connectorId}/oauth/sessions startOAuthSession: Owner',
    'GET    /api/connectors/{connectorId}/oauth/sessions/{sessionId} getOAuthSession: Owner',
    'DELETE /api/connectors/{connectorId}/oauth/sessions/{sessionId} cancelOAuthSession: Owner',
    'POST   /api/connectors/{connectorId}/syncs startSync: Owner, Member',
    'GET    /api/ops/syncs opsListSyncs: Operator',
    'POST   /api/ops/syncs/{syncRunId}/terminate opsTerminateSync: Operator',
    'POST   /api/ops/reconcile opsReconcile: Operator',
    'GET    /api/ops/summary opsSummary: Operator',
    'GET    /api/connectors/{connectorId}/schedule getSchedule: every role',
    'PUT    /api/connectors/{connectorId}/schedule replaceSchedule: Owner',
    'GET    /api/connectors/{connectorId}/syncs listSyncs: every role',
    'GET    /api/connectors/{connectorId}/syncs/{syncRunId} getSync: every role',
    'GET    /api/connectors/{connectorId}/syncs/{syncRunId}/changes listSyncChanges: every role',
    'GET    /api/connectors/{connectorId}/syncs/{syncRunId}/factories listSyncFactories: every role',
    'POST   /api/connectors/{connectorId}/syncs/{syncRunId}/cancel cancelSync: Owner, Member',
    'POST   /api/connectors/{connectorId}/syncs/{syncRunId}/pause pauseSync: Owner, Member',
    'POST   /api/connectors/{connectorId}/syncs/{syncRunId}/resume resumeSync: Owner, Member',
    'POST   /api/connectors/{connectorId}/syncs/{syncRunId}/retry retrySync: Owner, Member',
    'POST   /api/connectors/{connectorId}/syncs/{syncRunId}/confirm-removals confirmRemovals: Owner',
    'GET    /api/connectors/{connectorId}/resources listResources: every role',
    'GET    /api/connectors/{connectorId}/resources/{resourceId} getResource: every role',
    'GET    /api/connectors/{connectorId}/edges listEdges: every role',
    'GET    /api/connectors/{connectorId}/pipeline-runs listPipelineRuns: every role',
    'GET    /api/connectors/{connectorId}/pipeline-runs/{pipelineRunId} getPipelineRun: every role',
    'GET    /api/connectors/{connectorId}/trigger-runs listTriggerRuns: every role',
    'GET    /api/oauth/start startOAuth: no token',
    'GET    /api/oauth/callback oauthCallback: no token',
    'POST   /api/oauth/callback oauthCallbackFormPost: no token',
    'GET    /api/oauth/confirm showConfirmation: no token',
    'POST   /api/oauth/confirm confirmOAuth: no token',
    'GET    /api/allowed-tenants getAllowedTenants: Owner',
    'PUT    /api/allowed-tenants replaceAllowedTenants: Owner',
    'GET    /api/connectors/{connectorId}/events listConnectorEvents: Owner',
    'GET    /api/events listTenantEvents: Owner',
    'POST   /api/webhooks createWebhook: Owner',
    'GET    /api/webhooks listWebhooks: Owner',
    'GET    /api/webhooks/{webhookId} getWebhook: Owner',
    'PATCH  /api/webhooks/{webhookId} updateWebhook: Owner',
    'DELETE /api/webhooks/{webhookId} deleteWebhook: Owner',
    'POST   /api/webhooks/{webhookId}/rotate-secret rotateWebhookSecret: Owner',
    'POST   /api/webhooks/{webhookId}/test testWebhook: Owner',
    'POST   /api/provisioning/connections createProvisioningConnection: Owner',
    'GET    /api/provisioning/connections listProvisioningConnections: Owner',
    'GET    /api/provisioning/connections/{connectionId} getProvisioningConnection: Owner',
    'PATCH  /api/provisioning/connections/{connectionId} updateProvisioningConnection: Owner',
    'DELETE /api/provisioning/connections/{connectionId} deleteProvisioningConnection: Owner',
    'POST   /api/provisioning/connections/{connectionId}/tokens issueProvisioningToken: Owner',
    'DELETE /api/provisioning/connections/{connectionId}/tokens/{tokenId} revokeProvisioningToken: Owner',
    'GET    /api/provisioning/connections/{connectionId}/requests listProvisioningRequests: Owner',
    'GET    /api/webhooks/{webhookId}/deliveries listDeliveries: Owner',
    'GET    /api/webhooks/{webhookId}/deliveries/{deliveryId} getDelivery: Owner',
    'POST   /api/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver redeliver: Owner',
    'GET    /api/connections/expiring listExpiringConnections: Owner, Operator',
    'GET    /api/health getHealth: no token',
    'GET    /api/openapi.json getOpenApi: no token',
    'GET    /api/problems/{code} getProblemType: no token',
  ].toSorted());
});

function rolesOf(allow: Endpoint['allow']): string {
  if (allow === 'anonymous') return 'no token';
  if (allow === 'authenticated') return 'any caller';
  return allow.length === roles.length ? 'every role' : allow.join(', ');
}
