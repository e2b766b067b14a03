/**
 * Signatures of Standard Webhooks (https://www.standardwebhooks.com), so that receivers can verify
 * a delivery with any library of that specification. `webhook-id` is the id of the event: it is the
 * same for every attempt and redelivery.
 */
import { randomBytes } from 'node:crypto';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Secret } from '../secrets/secret';

/** The specification asks for 24 to 64 random bytes. */
const secretBytes = 32;

export const newSigningSecret = (): Secret =>
  new Secret(`whsec_${randomBytes(secretBytes).toString('base64')}`);

/** Several secrets, as during a rotation, give several signatures. A receiver needs one of them. */
export function signedHeaders(
  secrets: readonly Secret[],
  { id, at, body }: { readonly id: string; readonly at: Date; readonly body: string },
) {
  const signatures = secrets.map((secret) =>
    new StandardWebhook(secret.reveal()).sign(id, at, body),
  );
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': signatures.join(' '),
  };
}
