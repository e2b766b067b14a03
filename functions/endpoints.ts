/** Every HTTP endpoint by name: registered with the host, printed as OpenAPI, called by tests. */
import { agentEndpoints } from './agents/mcp.http';
import { accessEndpoints } from './access/access.http';
import { roleRuleEndpoints } from './access/rules/role-rules.http';
import { auditEndpoints } from './audit/audit.http';
import { catalogEndpoints } from './catalog/catalog.http';
import { edgeEndpoints } from './catalog/edges.http';
import { connectorEndpoints } from './connectors/connectors.http';
import { expiringConnectionEndpoints } from './connectors/expiring-connections.http';
import { scheduleEndpoints } from './connectors/schedule.http';
import { allowedTenantsEndpoints } from './credentials/accounts/allowed-tenants.http';
import { connectionAttemptEndpoints } from './credentials/connection-attempts.http';
import { connectionEndpoints } from './credentials/connection.http';
import { connectorTypeEndpoints } from './credentials/connector-types.http';
import { credentialEndpoints } from './credentials/credentials.http';
import { eventEndpoints } from './events/events.http';
import type { Endpoint } from './http/endpoint';
import { healthEndpoints } from './http/health.http';
import { meEndpoints } from './http/me.http';
import { openApiEndpoints } from './http/openapi/openapi.http';
import { problemEndpoints } from './http/problems.http';
import { lineageEndpoints } from './lineage/lineage.http';
import { consentEndpoints } from './oauth/consent.http';
import { deviceSessionEndpoints } from './oauth/device-sessions.http';
import { confirmationEndpoints } from './oauth/confirmation.http';
import { oauthEndpoints } from './oauth/oauth.http';
import { oauthSessionEndpoints } from './oauth/sessions.http';
import { orchestrationEndpoints } from './ops/orchestrations.http';
import { summaryEndpoints } from './ops/summary.http';
import { provisioningConnectionEndpoints } from './provisioning/connections/connections.http';
import { directoryEndpoints } from './provisioning/directory/directory.http';
import { provisioningRequestEndpoints } from './provisioning/request-log/requests.http';
import { runHistoryEndpoints } from './run-history/run-history.http';
import { runExplanationEndpoints } from './run-history/explain/run-explanation.http';
import { searchEndpoints } from './search/search.http';
import { openLineageEndpoints } from './openlineage/export/openlineage.http';
import { openLineagePushEndpoints } from './openlineage/push/push.http';
import type { Services } from './services';
import { changeEndpoints } from './sync/changes.http';
import { massRemovalEndpoints } from './sync/mass-removals.http';
import { opsEndpoints } from './sync/ops.http';
import { syncControlEndpoints } from './sync/sync-control.http';
import { syncRunEndpoints } from './sync/sync-runs.http';
import { deliveryEndpoints } from './webhooks/deliveries.http';
import { webhookEndpoints } from './webhooks/webhooks.http';

export const endpoints = {
  ...connectorTypeEndpoints,
  ...connectorEndpoints,
  ...credentialEndpoints,
  ...connectionEndpoints,
  ...consentEndpoints,
  ...expiringConnectionEndpoints,
  ...connectionAttemptEndpoints,
  ...oauthSessionEndpoints,
  ...deviceSessionEndpoints,
  ...oauthEndpoints,
  ...confirmationEndpoints,
  ...allowedTenantsEndpoints,
  ...syncRunEndpoints,
  ...syncControlEndpoints,
  ...massRemovalEndpoints,
  ...scheduleEndpoints,
  ...opsEndpoints,
  ...summaryEndpoints,
  ...orchestrationEndpoints,
  ...changeEndpoints,
  ...catalogEndpoints,
  ...edgeEndpoints,
  ...lineageEndpoints,
  ...openLineageEndpoints,
  ...openLineagePushEndpoints,
  ...searchEndpoints,
  ...runHistoryEndpoints,
  ...runExplanationEndpoints,
  ...eventEndpoints,
  ...webhookEndpoints,
  ...deliveryEndpoints,
  ...provisioningConnectionEndpoints,
  ...provisioningRequestEndpoints,
  ...directoryEndpoints,
  ...auditEndpoints,
  ...roleRuleEndpoints,
  ...accessEndpoints,
  ...meEndpoints,
  ...healthEndpoints,
  ...problemEndpoints,
  ...agentEndpoints((): Readonly<Record<string, Endpoint>> => endpoints),
  ...openApiEndpoints((): Readonly<Record<string, Endpoint>> => endpoints),
} satisfies Readonly<Record<string, Endpoint<Services>>>;
