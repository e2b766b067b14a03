/** Timers that work on intents and look for drift. Any of them makes up for one that stopped. */
import { app } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import type { HttpServices } from '../http/services';
import type { AccessServices } from './services';

type Services = Pick<AccessServices, 'access'> & Pick<HttpServices, 'now'>;

/** A run begins to work on no further intent after this time. */
const drainMs = 60_000;

export function registerAccess(services: Lazy<Services>): void {
  app.timer('applyRoleRules', {
    schedule: '*/10 * * * * *',
    handler: () => applyRoleRules(services()),
  });
  app.timer('reconcileRoleAssignments', {
    schedule: '20 */10 * * * *',
    handler: () => reconcileRoleAssignments(services()),
  });
}

export const applyRoleRules = ({ access, now }: Services): Promise<void> =>
  access.drainAll(new Date(now().getTime() + drainMs));

export const reconcileRoleAssignments = ({ access }: Services): Promise<void> =>
  access.reconcileAll();
