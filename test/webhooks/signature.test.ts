import { createHmac } from 'node:crypto';
import { Secret } from '../../functions/secrets/secret';
import { newSigningSecret, signatureOf, signedHeaders } from '../../functions/webhooks/signature';

/** The right-hand sides were computed with `openssl dgst -sha256 -hmac`. */
const vectors: readonly [string, string, string, string][] = [
  [
    'whsec_test',
    '1768478400',
    '{}',
    '8dacaa6b97907dd1a3a2004e03c804ccd947f38a1cdfd76c127889085cd55110',
  ],
  [
    'whsec_test',
    '1768478401',
    '{}',
    'c662c10dcb34aac46f3ed210577452b63253d72b79d4327b0c1002de6697c449',
  ],
  [
    'whsec_another-key',
    '1768478400',
    '{"type":"sync.succeeded","note":"Zürich"}',
    '850f350297dc9b96d2204176d55bc2e6dec56196af9a3a82fa5e8f7b0ed73f9e',
  ],
  ['whsec_test', '0', '', 'a2fa7a43c6a1cf2e784eaf3327d65c65b3d2b790320ebed9aa5661bc42a8cccd'],
];

describe('the signature of a delivery', () => {
  it.each(vectors)(
    'given the key %s at %s over %s, when it is signed, then openssl agrees',
    (key, timestamp, body, signature) => {
      expect(signatureOf(new Secret(key), timestamp, body)).toBe(signature);
    },
  );

  it('given a delivery, when its headers are made, then a receiver can check them with what it has', () => {
    const secret = newSigningSecret();
    const at = new Date('2026-01-15T12:00:00.900Z');

    const headers = signedHeaders(secret, { id: 'event-1', at, body: '{"ö":1}' });

    expect(headers['webhook-id']).toBe('event-1');
    expect(headers['webhook-timestamp']).toBe('1768478400');
    const expected = createHmac('sha256', secret.reveal()).update('1768478400.{"ö":1}');
    expect(headers['webhook-signature']).toBe(`v1=${expected.digest('hex')}`);
  });

  it('given two secrets, when they are made, then both are long and neither prints itself', () => {
    const secrets = [newSigningSecret(), newSigningSecret()];

    expect(new Set(secrets.map((secret) => secret.reveal())).size).toBe(2);
    expect(secrets.map((secret) => secret.reveal())).toEqual([
      expect.stringMatching(/^whsec_[\w-]{43}$/),
      expect.stringMatching(/^whsec_[\w-]{43}$/),
    ]);
    expect(`${JSON.stringify(secrets)}${secrets.join('')}`).not.toContain('whsec_');
  });
});
