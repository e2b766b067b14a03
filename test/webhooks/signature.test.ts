import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { Secret } from '../../functions/secrets/secret';
import { newSigningSecret, signedHeaders } from '../../functions/webhooks/signature';

describe('signedHeaders', () => {
  afterEach(() => jest.useRealTimers());

  it('gives the signature of the specification’s test vector', () => {
    const secret = new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    const at = new Date(1_614_265_330_000);
    const body = '{"test": 2432232314}';

    const headers = signedHeaders([secret], { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at, body });

    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it.each([
    ['ASCII', '{}'],
    ['other scripts', '{"city":"Zürich","note":"東京"}'],
    ['no characters', ''],
  ])('signs id, timestamp and a body of %s with the decoded secret', (_, body) => {
    const secret = newSigningSecret();
    const at = new Date('2026-01-15T12:00:00.900Z');

    const headers = signedHeaders([secret], { id: 'event-1', at, body });

    const key = Buffer.from(secret.reveal().slice('whsec_'.length), 'base64');
    const digest = createHmac('sha256', key).update(`event-1.1768478400.${body}`).digest('base64');
    expect(headers).toEqual({
      'webhook-id': 'event-1',
      'webhook-timestamp': '1768478400',
      'webhook-signature': `v1,${digest}`,
    });
  });

  it('can be verified with the library of receivers', () => {
    const secret = newSigningSecret();
    const body = '{"ö":1}';

    const headers = signedHeaders([secret], { id: 'event-1', at: new Date(), body });

    expect(new Webhook(secret.reveal()).verify(body, headers)).toEqual({ ö: 1 });
  });

  it('gives one signature per secret during a rotation', () => {
    const [oldSecret, newSecret] = [newSigningSecret(), newSigningSecret()];

    const headers = signedHeaders([newSecret, oldSecret], {
      id: 'event-1',
      at: new Date(),
      body: '{}',
    });

    expect(headers['webhook-signature'].split(' ')).toHaveLength(2);
    for (const secret of [oldSecret, newSecret])
      expect(new Webhook(secret.reveal()).verify('{}', headers)).toEqual({});
  });

  it.each([
    ['another id', { 'webhook-id': 'event-2' }, '{}'],
    ['another time', { 'webhook-timestamp': '1768478401' }, '{}'],
    ['another body', {}, '{ }'],
  ])('does not verify with %s', (_, change, receivedBody) => {
    const at = new Date('2026-01-15T12:00:00.000Z');
    jest.useFakeTimers({ now: at });
    const secret = newSigningSecret();
    const headers = { ...signedHeaders([secret], { id: 'event-1', at, body: '{}' }), ...change };

    const verify = () => new Webhook(secret.reveal()).verify(receivedBody, headers);

    expect(verify).toThrow('No matching signature found');
  });

  it('does not verify with the secret of another webhook', () => {
    const headers = signedHeaders([newSigningSecret()], {
      id: 'event-1',
      at: new Date(),
      body: '{}',
    });

    const verify = () => new Webhook(newSigningSecret().reveal()).verify('{}', headers);

    expect(verify).toThrow('No matching signature found');
  });
});

describe('newSigningSecret', () => {
  it('gives different secrets of 32 bytes that do not print themselves', () => {
    const secrets = [newSigningSecret(), newSigningSecret()];

    expect(new Set(secrets.map((secret) => secret.reveal())).size).toBe(2);
    for (const secret of secrets) {
      const [, base64 = ''] = /^whsec_([\w+/]{43}=)$/.exec(secret.reveal()) ?? [];
      expect(Buffer.from(base64, 'base64')).toHaveLength(32);
    }
    expect(`${JSON.stringify(secrets)}${secrets.join('')}`).not.toContain('whsec_');
  });
});
