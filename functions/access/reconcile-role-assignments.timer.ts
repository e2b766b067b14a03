/** Looks for drift between role rules and Azure every ten minutes. */
import type { Lazy } from '../concurrency/lazy';
import { registerTimer } from '../durable/registration';
import type { AccessServices } from './services';

type Services = Pick<AccessServices, 'access'>;

export function registerRoleReconciliation(services: Lazy<Services>): void {
  registerTimer(services, 'reconcileRoleAssignments', '20 */10 * * * *', reconcileRoleAssignments);
}

export const reconcileRoleAssignments = ({ access }: Services): Promise<void> =>
  access.reconcileAll();
