/** Deletes old requests of provisioning connections every hour. */
import type { Lazy } from '../../concurrency/lazy';
import { registerTimer } from '../../durable/registration';
import { timeBoxedScan } from '../../durable/time-boxed-scan';
import type { HttpServices } from '../../http/services';
import type { ProvisioningServices } from '../services';

type Services = Pick<ProvisioningServices, 'provisioningMaintenance'> & Pick<HttpServices, 'now'>;

export function registerRequestDeletion(services: Lazy<Services>): void {
  registerTimer(services, 'deleteProvisioningRequests', '0 41 * * * *', deleteProvisioningRequests);
}

/** What does not fit into the time of one run is deleted by the next one. */
export async function deleteProvisioningRequests({
  provisioningMaintenance,
  now,
}: Services): Promise<void> {
  await timeBoxedScan(provisioningMaintenance.deleteOldRequests(), now);
}
