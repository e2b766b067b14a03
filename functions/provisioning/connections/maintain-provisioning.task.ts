/** Ends interrupted work of provisioning connections. Fails at the end if the app itself does. */
import type { InvocationContext } from '@azure/functions';
import { isOwnFailure, throwFirst } from '../../errors/own-failure';
import type { ProvisioningServices } from '../services';
import { logLine } from '../../telemetry/log-line';

type Services = Pick<ProvisioningServices, 'provisioningMaintenance'>;

export async function maintainProvisioning(
  { provisioningMaintenance }: Services,
  context: InvocationContext,
): Promise<void> {
  const failures: unknown[] = [];
  const result = await provisioningMaintenance.maintain((error) => {
    if (isOwnFailure(error)) failures.push(error);
  });
  const isIdle = Object.values(result).every((count) => count === 0);
  if (!isIdle) context.warn(logLine('provisioning.maintained', { ...result }));
  throwFirst(failures);
}
