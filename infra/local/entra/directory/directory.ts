/** State and services that all endpoints of the Entra emulator use. */
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
  /** Set when the servers listen. */
  readonly urls: EndpointUrls;
}

export interface EndpointUrls {
  /** TLS, for programs. */
  url: string;
  /** HTTP, for browsers. */
  signInUrl: string;
}

export const secondsOf = (date: Date | string) =>
  Math.floor((typeof date === 'string' ? Date.parse(date) : date.getTime()) / 1_000);
