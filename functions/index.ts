/** Entry of the bundle. The only file with side effects on import. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { app } from '@azure/functions';
import { applyRoleRules } from './access/apply-role-rules.task';
import { registerRoleReconciliation } from './access/reconcile-role-assignments.timer';
import { linkAudit } from './audit/link-audit.task';
import { lazy } from './concurrency/lazy';
import { readConfig } from './config';
import { registerDeletion } from './connectors/deletion.durable';
import { registerConnectorReconciliation } from './connectors/reconcile-connectors.timer';
import { registerConnectionMaintenance } from './credentials/maintain-connections.timer';
import { registerVerification } from './credentials/verification/verification.durable';
import { BuildFolder } from './console/build-folder';
import { consoleSettings } from './console/console-settings';
import { registerConsole } from './console/console.http';
import { reportOrchestrationEnds } from './durable/registration';
import { registerDueWork } from './durable/tick.timer';
import { endpoints } from './endpoints';
import { registerEndpoints } from './http/routing/register';
import { registerDeviceFlow } from './oauth/device.durable';
import { registerOpenLineageReconciliation } from './openlineage/push/reconcile-openlineage.timer';
import { pushOpenLineage } from './openlineage/push/push-openlineage.task';
import { registerRequestDeletion } from './provisioning/connections/delete-requests.timer';
import { maintainProvisioning } from './provisioning/connections/maintain-provisioning.task';
import { registerScim } from './provisioning/scim/scim.http';
import { registerRetentionSteps } from './retention/retention.durable';
import { registerRetention } from './retention/retention.timer';
import { createServices } from './services';
import { registerSyncReconciliation } from './sync/reconcile-syncs.timer';
import { registerRefresh } from './sync/refresh/refresh.timer';
import { registerSync } from './sync/sync.durable';
import { registerDeliveries } from './webhooks/deliveries.durable';
import { startSpanExport, type SpanExport } from './telemetry/span-export';
import { registerWebhookReconciliation } from './webhooks/reconcile-webhooks.timer';
import { relayOutbox } from './webhooks/relay-outbox.task';
import { registerHintRestoration } from './webhooks/restore-outbox-hints.timer';

// A sync reads thousands of pages. By default V8 lets garbage grow to several times the memory in
// use.
setFlagsFromString('--heap-growing-percent=25');
// An instance of 2,048 MB has one core, and threads of the collector take it from the sync.
setFlagsFromString('--no-parallel-scavenge');

// Without HTTP streams the host passes on no body that has no Content-Length.
app.setup({ enableHttpStream: true });

const services = lazy(() => createServices(readConfig(process.env)));

registerEndpoints(endpoints, services);
registerScim(services);
registerConsole(
  lazy(() => consoleSettings(readConfig(process.env))),
  new BuildFolder(join(__dirname, 'console')),
);
registerDeletion(services);
registerConnectionMaintenance(services);
registerVerification(services);
registerConnectorReconciliation(services);
registerDeviceFlow(services);
registerSync(services);
registerRefresh(services);
registerSyncReconciliation(services);
registerDeliveries(services);
registerHintRestoration(services);
registerWebhookReconciliation(services);
registerOpenLineageReconciliation(services);
registerRequestDeletion(services);
registerRoleReconciliation(services);
registerDueWork(services, {
  relayOutbox,
  linkAudit,
  applyRoleRules,
  maintainProvisioning,
  pushOpenLineage,
});
registerRetentionSteps(services);
registerRetention(services);

reportOrchestrationEnds(({ tenantId, instanceId, status }) =>
  services().orchestrationIndex.noteStatus(tenantId, instanceId, status),
);

// A broken setting must not stop registration, or every route would answer 404. Report it in the
// log at start.
let spanExport: SpanExport | undefined;
app.hook.appStart(async () => {
  try {
    const { otlpUrl } = readConfig(process.env);
    if (otlpUrl !== '') spanExport = await startSpanExport(otlpUrl, randomUUID());
  } catch (error) {
    console.error(String(error));
  }
});
app.hook.appTerminate(() => spanExport?.stop());
