/** Works on due intents. A change works on its own ones at once; this makes up for what is left. */
import type { InvocationContext } from '@azure/functions';
import type { HttpServices } from '../http/services';
import type { AccessServices } from './services';

type Services = Pick<AccessServices, 'access'> & Pick<HttpServices, 'now'>;

/** A run begins to work on no further intent after this time. */
const drainMs = 60_000;

export const applyRoleRules = (
  { access, now }: Services,
  _context: InvocationContext,
  tenantId?: string,
): Promise<void> => access.drainAll(new Date(now().getTime() + drainMs), tenantId);
