/** Entry of the bundle. The only file with side effects on import. */
import { setFlagsFromString } from 'node:v8';
import { app } from '@azure/functions';
import { registerAuditLinker } from './audit/link-audit.timer';
import { registerAccess } from './access/access.timer';
import { lazy } from './concurrency/lazy';
import { readConfig } from './config';
import { registerDeletion } from './connectors/deletion.durable';
import { registerConnectorReconciliation } from './connectors/reconcile-connectors.timer';
import { registerConnectionMaintenance } from './credentials/maintain-connections.timer';
import { registerVerification } from './credentials/verification/verification.durable';
import { endpoints } from './endpoints';
import { registerEndpoints } from './http/routing/register';
import { registerDeviceFlow } from './oauth/device.durable';
import { registerProvisioningMaintenance } from './provisioning/connections/maintain-provisioning.timer';
import { registerScim } from './provisioning/scim/scim.http';
import { registerRetentionSteps } from './retention/retention.durable';
import { registerRetention } from './retention/retention.timer';
import { createServices } from './services';
import { registerSyncReconciliation } from './sync/reconcile-syncs.timer';
import { registerRefresh } from './sync/refresh/refresh.timer';
import { registerSync } from './sync/sync.durable';
import { registerDeliveries } from './webhooks/deliveries.durable';
import { registerOutboxRelay } from './webhooks/outbox-relay.timer';
import { registerWebhookReconciliation } from './webhooks/reconcile-webhooks.timer';

// A sync reads thousands of pages. By default V8 lets garbage grow to several times the memory in
// use.
setFlagsFromString('--heap-growing-percent=35');

// Without HTTP streams the host passes on no body that has no Content-Length.
app.setup({ enableHttpStream: true });

const services = lazy(() => createServices(readConfig(process.env)));

registerEndpoints(endpoints, services);
registerScim(services);
registerDeletion(services);
registerConnectionMaintenance(services);
registerVerification(services);
registerConnectorReconciliation(services);
registerDeviceFlow(services);
registerSync(services);
registerRefresh(services);
registerSyncReconciliation(services);
registerDeliveries(services);
registerOutboxRelay(services);
registerWebhookReconciliation(services);
registerProvisioningMaintenance(services);
registerAuditLinker(services);
registerAccess(services);
registerRetentionSteps(services);
registerRetention(services);

// A broken setting must not stop registration, or every route would answer 404. Report it in the
// log at start.
app.hook.appStart(() => {
  try {
    readConfig(process.env);
  } catch (error) {
    console.error(String(error));
  }
});
