/**
 * Which signing secrets of a webhook are in use. After a rotation the previous secret signs as well
 * until the overlap ends, so a receiver can replace it without losing a delivery.
 */
import { ConflictError } from '../errors/app-error';
import { withNextVersion, type Webhook } from './webhook';

const maxPreviousSecrets = 4;

export const validPreviousSecrets = ({ previousSecrets }: Webhook, now: Date) =>
  previousSecrets.filter(({ expiresAt }) => Date.parse(expiresAt) > now.getTime());

/** Versions that sign a delivery, newest first. */
export const signingVersions = (webhook: Webhook, now: Date): readonly string[] => [
  webhook.secretVersion,
  ...validPreviousSecrets(webhook, now).map(({ version }) => version),
];

/** Throws ConflictError if too many previous secrets are valid to add one. */
export function assertRoomForSecret(webhook: Webhook, overlapMs: number, now: Date): void {
  if (overlapMs > 0 && validPreviousSecrets(webhook, now).length >= maxPreviousSecrets)
    throw new ConflictError(
      'too_many_signing_secrets',
      `The webhook has ${maxPreviousSecrets} previous secrets that are still valid. Wait until one expires, or rotate with overlapHours 0.`,
    );
}

/**
 * Without an overlap all previous secrets end at once. With one, secrets of earlier rotations keep
 * the end that they have. Throws ConflictError if too many of them are valid.
 */
export function withRotatedSecret(
  webhook: Webhook,
  secretVersion: string,
  overlapMs: number,
  now: Date,
): Webhook {
  assertRoomForSecret(webhook, overlapMs, now);
  const expiresAt = new Date(now.getTime() + overlapMs).toISOString();
  const previous = { version: webhook.secretVersion, expiresAt };
  const previousSecrets = overlapMs > 0 ? [previous, ...validPreviousSecrets(webhook, now)] : [];
  return withNextVersion({ ...webhook, secretVersion, previousSecrets }, now);
}
