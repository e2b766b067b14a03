/** Ends interrupted work of provisioning connections every minute, and deletes old requests. */
import { app, type InvocationContext } from '@azure/functions';
import type { Lazy } from '../../concurrency/lazy';
import { timeBoxedScan } from '../../durable/time-boxed-scan';
import type { HttpServices } from '../../http/services';
import type { ProvisioningServices } from '../services';

type Services = Pick<ProvisioningServices, 'provisioningMaintenance'> & Pick<HttpServices, 'now'>;

export function registerProvisioningMaintenance(services: Lazy<Services>): void {
  app.timer('maintainProvisioning', {
    schedule: '35 * * * * *',
    handler: (_timer, context) => maintainProvisioning(services(), context),
  });
  app.timer('deleteProvisioningRequests', {
    schedule: '0 41 * * * *',
    handler: () => deleteProvisioningRequests(services()),
  });
}

export async function maintainProvisioning(
  { provisioningMaintenance }: Services,
  context: InvocationContext,
): Promise<void> {
  const result = await provisioningMaintenance.maintain();
  const isIdle = Object.values(result).every((count) => count === 0);
  if (!isIdle) context.warn(JSON.stringify({ event: 'provisioning.maintained', ...result }));
}

/** What does not fit into the time of one run is deleted by the next one. */
export async function deleteProvisioningRequests({
  provisioningMaintenance,
  now,
}: Services): Promise<void> {
  await timeBoxedScan(provisioningMaintenance.deleteOldRequests(), now);
}
