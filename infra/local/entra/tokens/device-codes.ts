/** Device codes: a program polls with one code while a person types the other into a page. Fifteen minutes. */
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
    /** What a person typed; only a code that still waits for them is found. */
    findPending(typed: string): DeviceCode | undefined {
      const userCode = typed.replace(/[\s-]/g, '').toUpperCase();
      const code = issued.find((one) => one.userCode === userCode);
      return code?.outcome === 'pending' && clock.now().getTime() < code.expiresAt
        ? code
        : undefined;
    },
    /** Gives the approval once. RFC 8628 §3.5: while there is none, says what the program should do. */
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
