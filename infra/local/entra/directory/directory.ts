/** What every endpoint of this Entra works with. */
import type { Clock } from '../../emulator/clock';
import type { DeviceCodes } from '../tokens/device-codes';
import type { AuthorizationCodes } from '../tokens/authorization-codes';
import type { Registry } from './registry';
import type { Signing } from '../tokens/signing';

export interface Directory {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly signing: Signing;
  readonly codes: AuthorizationCodes;
  readonly deviceCodes: DeviceCodes;
  /** Where it listens, known once it does. */
  readonly urls: EndpointUrls;
}

export interface EndpointUrls {
  /** For programs, over TLS. */
  url: string;
  /** For browsers, plain http. */
  signInUrl: string;
}

export const secondsOf = (date: Date | string) =>
  Math.floor((typeof date === 'string' ? Date.parse(date) : date.getTime()) / 1_000);
