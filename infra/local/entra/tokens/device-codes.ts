/**
 * Device codes (RFC 8628): the program polls with the device code, the user enters the user code.
 * Valid for 15 minutes.
 */
import type { Clock } from '../../emulator/clock';
import type { Authority } from '../directory/authority';
import { EntraError } from '../entra-error';
import { randomToken, randomUserCode } from '../directory/passwords';
import type { Scopes } from './scopes';
import type { App, User } from '../directory/state';

export const deviceCodeLifetimeSeconds = 900;

export interface DeviceCode {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly app: App;
  readonly authority: Authority;
  readonly scopes: Scopes;
  readonly expiresAt: number;
  outcome: 'pending' | 'declined' | 'redeemed' | Approval;
}

export interface Approval {
  readonly user: User;
  readonly mfa: boolean;
  readonly authenticatedAt: Date;
}

export type DeviceCodes = ReturnType<typeof deviceCodes>;

export function deviceCodes(clock: Clock) {
  const issued: DeviceCode[] = [];
  return {
    issue(app: App, authority: Authority, scopes: Scopes): DeviceCode {
      const code: DeviceCode = {
        deviceCode: randomToken(),
        userCode: randomUserCode(),
        app,
        authority,
        scopes,
        expiresAt: clock.now().getTime() + deviceCodeLifetimeSeconds * 1_000,
        outcome: 'pending',
      };
      issued.push(code);
      return code;
    },
    /** Finds a pending code by the user code that was entered. */
    findPending(entered: string): DeviceCode | undefined {
      const userCode = entered.replace(/[\s-]/g, '').toUpperCase();
      const code = issued.find((one) => one.userCode === userCode);
      return code?.outcome === 'pending' && clock.now().getTime() < code.expiresAt
        ? code
        : undefined;
    },
    /** Returns the approval once. Throws the errors of RFC 8628 section 3.5 while there is none. */
    redeem(
      deviceCode: string,
      app: App,
    ): { readonly code: DeviceCode; readonly approval: Approval } {
      const code = issued.find((one) => one.deviceCode === deviceCode && one.app === app);
      if (!code) throw new EntraError(70018);
      if (code.outcome === 'redeemed') throw new EntraError(54005);
      if (code.outcome === 'declined')
        throw new EntraError(65004, {}, { error: 'authorization_declined' });
      if (clock.now().getTime() >= code.expiresAt) throw new EntraError(70019);
      if (code.outcome === 'pending') throw new EntraError(70016);
      const approval = code.outcome;
      code.outcome = 'redeemed';
      return { code, approval };
    },
  };
}
