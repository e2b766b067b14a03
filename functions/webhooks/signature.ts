/**
 * How a receiver knows that a delivery is ours and new: `webhook-signature: v1=<hex>` is the HMAC-SHA256, keyed with the
 * secret as it was shown, over `<webhook-timestamp>.<body>`. A receiver refuses times more than five minutes off, and
 * remembers `webhook-id`, since whatever is sent may be sent twice.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { Secret } from '../secrets/secret';

export const newSigningSecret = (): Secret =>
  new Secret(`whsec_${randomBytes(32).toString('base64url')}`);

export function signedHeaders(
  secret: Secret,
  { id, at, body }: { readonly id: string; readonly at: Date; readonly body: string },
) {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1=${signatureOf(secret, timestamp, body)}`,
  };
}

export const signatureOf = (secret: Secret, timestamp: string, body: string): string =>
  createHmac('sha256', secret.reveal()).update(`${timestamp}.${body}`).digest('hex');
