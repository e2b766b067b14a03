/** A key in Key Vault that an operator may replace, and that workers sign with. */
import { RotatingValue } from '../../concurrency/rotating-value';
import type { Secret } from '../../secrets/secret';

export interface RotatingKey {
  readonly get: () => Promise<string>;
  /** Whether the key, or the one before it, passes. */
  readonly accepts: (passes: (key: string) => boolean) => Promise<boolean>;
}

export function rotatingKey(load: () => Promise<Secret>, now: () => Date): RotatingKey {
  const isSame = (one: Secret, other: Secret) => one.reveal() === other.reveal();
  const secret = new RotatingValue(load, isSame, now);
  return {
    get: async () => (await secret.get()).reveal(),
    accepts: (passes) => secret.accepts((value) => passes(value.reveal())),
  };
}
