/** Everything the product answers to over HTTP, and who may ask. */
import { endpoints } from '../functions/endpoints';
import { roles } from '../functions/http/caller';
import type { Endpoint } from '../functions/http/endpoint';

test('given the endpoints, when they are listed, then every route is in this table', () => {
  const routes = Object.entries<Endpoint>(endpoints).map(([name, { method, route, allow }]) => {
    return `${method.padEnd(6)} /api/${route} ${name}: ${who(allow)}`;
  });

  // prettier-ignore
  expect(routes.toSorted()).toEqual([
    'GET    /api/connector-types listConnectorTypes: every role',
    'GET    /api/connector-types/{type} getConnectorType: every role',
    'POST   /api/connectors createConnector: Owner',
    'GET    /api/connectors listConnectors: every role',
    'GET    /api/connectors/{id} getConnector: every role',
    'PATCH  /api/connectors/{id} updateConnector: Owner',
    'DELETE /api/connectors/{id} deleteConnector: Owner',
    'GET    /api/connectors/{id}/deletion getDeletion: Owner',
    'POST   /api/connectors/{id}/credentials submitCredentials: Owner',
    'GET    /api/connectors/{id}/attempts listAttempts: Owner',
    'POST   /api/connectors/{id}/credentials/rotate rotateCredential: Owner',
    'POST   /api/connectors/{id}/test testConnection: Owner, Member',
    'POST   /api/connectors/{id}/disconnect disconnectConnector: Owner',
    'GET    /api/connectors/{id}/admin-consent-url getAdminConsentUrl: Owner',
    'GET    /api/me getMe: every role',
    'POST   /api/connectors/{id}/device-sessions startDeviceSession: Owner',
    'GET    /api/connectors/{id}/device-sessions/{sid} getDeviceSession: Owner',
    'DELETE /api/connectors/{id}/device-sessions/{sid} cancelDeviceSession: Owner',
    'POST   /api/connectors/{id}/oauth/sessions startOAuthSession: Owner',
    'GET    /api/connectors/{id}/oauth/sessions/{sid} getOAuthSession: Owner',
    'DELETE /api/connectors/{id}/oauth/sessions/{sid} cancelOAuthSession: Owner',
    'POST   /api/connectors/{id}/syncs startSync: Owner, Member',
    'GET    /api/ops/syncs opsListSyncs: Operator',
    'POST   /api/ops/syncs/{runId}/terminate opsTerminateSync: Operator',
    'POST   /api/ops/reconcile opsReconcile: Operator',
    'GET    /api/ops/summary opsSummary: Operator',
    'GET    /api/connectors/{id}/schedule getSchedule: every role',
    'PUT    /api/connectors/{id}/schedule replaceSchedule: Owner',
    'GET    /api/connectors/{id}/syncs listSyncs: every role',
    'GET    /api/connectors/{id}/syncs/{runId} getSync: every role',
    'GET    /api/connectors/{id}/syncs/{runId}/changes listChanges: every role',
    'GET    /api/connectors/{id}/syncs/{runId}/factories listSyncFactories: every role',
    'POST   /api/connectors/{id}/syncs/{runId}/cancel cancelSync: Owner, Member',
    'POST   /api/connectors/{id}/syncs/{runId}/pause pauseSync: Owner, Member',
    'POST   /api/connectors/{id}/syncs/{runId}/resume resumeSync: Owner, Member',
    'POST   /api/connectors/{id}/syncs/{runId}/retry retrySync: Owner, Member',
    'POST   /api/connectors/{id}/syncs/{runId}/confirm-removals confirmRemovals: Owner',
    'GET    /api/connectors/{id}/resources listResources: every role',
    'GET    /api/connectors/{id}/resources/{resourceId} getResource: every role',
    'GET    /api/connectors/{id}/edges listEdges: every role',
    'GET    /api/connectors/{id}/runs listRuns: every role',
    'GET    /api/connectors/{id}/runs/{runId} getRun: every role',
    'GET    /api/connectors/{id}/trigger-runs listTriggerRuns: every role',
    'GET    /api/oauth/start startOAuth: everybody',
    'GET    /api/oauth/callback oauthCallback: everybody',
    'POST   /api/oauth/callback oauthCallbackFormPost: everybody',
    'GET    /api/connectors/{id}/events listConnectorEvents: Owner',
    'GET    /api/events listTenantEvents: Owner',
    'POST   /api/webhooks createWebhook: Owner',
    'GET    /api/webhooks listWebhooks: Owner',
    'GET    /api/webhooks/{id} getWebhook: Owner',
    'PATCH  /api/webhooks/{id} updateWebhook: Owner',
    'DELETE /api/webhooks/{id} deleteWebhook: Owner',
    'POST   /api/webhooks/{id}/test testWebhook: Owner',
    'GET    /api/webhooks/{id}/deliveries listDeliveries: Owner',
    'GET    /api/webhooks/{id}/deliveries/{deliveryId} getDelivery: Owner',
    'POST   /api/webhooks/{id}/deliveries/{deliveryId}/redeliver redeliver: Owner',
    'GET    /api/connections/expiring listExpiring: Owner, Operator',
    'GET    /api/health getHealth: everybody',
    'GET    /api/openapi.json getOpenApi: everybody',
    'GET    /api/problems/{code} getProblemType: everybody',
  ].toSorted());
});

function who(allow: Endpoint['allow']): string {
  if (allow === 'anonymous') return 'everybody';
  return allow.length === roles.length ? 'every role' : allow.join(', ');
}
