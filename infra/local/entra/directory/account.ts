/** Checks of a user: password, account and policies of the tenant. */
import { EntraError } from '../entra-error';
import { hashOf } from './passwords';
import type { App, User } from './state';

export function checkPassword(user: User, password: string): void {
  const about = { user: user.username };
  if (user.locked) throw new EntraError(50053, about);
  if (user.federated) throw new EntraError(50056, about);
  if (hashOf(password) !== hashOf(user.password)) throw new EntraError(50126, about);
  if (user.passwordExpired) throw new EntraError(50055, about);
}

/** Checked at every sign-in and every refresh. */
export function checkAccount(user: User, app: App): void {
  const about = { user: user.username, app: app.clientId };
  if (user.disabled) throw new EntraError(50057, about);
  if (user.conditionalAccessBlock) throw new EntraError(user.conditionalAccessBlock, about);
  if (app.requiresAssignment && !app.assignedTo.includes(user.objectId))
    throw new EntraError(50105, about);
}

export function checkSecondFactor(user: User, isVerified: boolean): void {
  if (isVerified || user.mfa === 'off') return;
  throw new EntraError(user.mfa === 'not_enrolled' ? 50079 : 50076, { user: user.username });
}
