import { Webhook } from 'standardwebhooks';
import { now } from '../support/builders';
import { callEndpoint } from '../support/call-endpoint';
import { testContext } from '../support/context';

const hour = 3_600;

async function rotationContext() {
  const context = testContext();
  const { services, sender } = context;
  const body = { url: 'https://hooks.example/in', events: ['*'] };
  const { json } = await callEndpoint('createWebhook', { body, services });
  const params = { webhookId: json.id as string };
  const rotate = (overlap?: object) =>
    callEndpoint('rotateWebhookSecret', { params, services, body: overlap });
  /** Whether a receiver with this secret accepts a ping that is sent now. */
  const verifies = async (...secrets: string[]) => {
    await callEndpoint('testWebhook', { params, services });
    const { headers, body: sent } = sender.sent.at(-1)!;
    jest.useFakeTimers({ now: services.now(), doNotFake: ['nextTick', 'setImmediate'] });
    try {
      return secrets.map((secret) => accepts(secret, sent, headers));
    } finally {
      jest.useRealTimers();
    }
  };
  return { ...context, params, secret: json.secret as string, rotate, verifies };
}

function accepts(secret: string, body: string, headers: Readonly<Record<string, string>>): boolean {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

describe('rotateWebhookSecret', () => {
  it('signs with both secrets until the overlap ends', async () => {
    const {
      rotate,
      verifies,
      secret: old,
      wait,
      params,
      services,
      sender,
    } = await rotationContext();

    const { status, headers, json } = await rotate({ overlapHours: 2 });
    const during = await verifies(old, json.secret);
    wait(2 * hour);
    const afterwards = await verifies(old, json.secret);

    expect({ status, etag: headers['ETag'] }).toEqual({ status: 200, etag: '"v2"' });
    expect(json.previousSecrets).toEqual([{ expiresAt: '2026-01-15T14:00:00.000Z' }]);
    expect([during, afterwards]).toEqual([
      [true, true],
      [false, true],
    ]);
    expect(sender.sent[0]!.headers['webhook-signature']!.split(' ')).toHaveLength(2);
    const read = await callEndpoint('getWebhook', { params, services });
    expect(read.json.previousSecrets).toEqual([]);
    expect(read.json).not.toHaveProperty('secret');
  });

  it('overlaps by a day if the request has no body', async () => {
    const { rotate } = await rotationContext();

    const { json } = await rotate();

    expect(json.previousSecrets).toEqual([{ expiresAt: '2026-01-16T12:00:00.000Z' }]);
  });

  it('ends all previous secrets at once without an overlap', async () => {
    const { rotate, verifies, secret: old } = await rotationContext();
    const second = await rotate();

    const third = await rotate({ overlapHours: 0 });

    expect(await verifies(old, second.json.secret, third.json.secret)).toEqual([
      false,
      false,
      true,
    ]);
    expect(third.json.previousSecrets).toEqual([]);
  });

  it('keeps every secret of rotations that happen at once', async () => {
    const { rotate, verifies, secret: old } = await rotationContext();

    const responses = await Promise.all([rotate(), rotate(), rotate()]);

    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
    const secrets = responses.map(({ json }) => json.secret as string);
    expect(await verifies(old, ...secrets)).toEqual([true, true, true, true]);
  });

  it('refuses a sixth valid secret and stores none', async () => {
    const { rotate, secretStore, wait } = await rotationContext();
    for (let n = 0; n < 4; n++) await rotate();
    const secrets = secretStore.usable();

    const refused = await rotate();
    wait(24 * hour);
    const later = await rotate();

    expect(refused).toMatchObject({ status: 409, json: { code: 'too_many_signing_secrets' } });
    expect(secrets).toHaveLength(6);
    expect(later.status).toBe(200);
  });

  it('records who rotated, without the secret', async () => {
    const { rotate, eventStore, outbox, params } = await rotationContext();

    const { json } = await rotate({ overlapHours: 1 });

    expect(eventStore.all().at(-1)).toMatchObject({
      type: 'webhook.secret_rotated',
      at: now.toISOString(),
      actor: { displayName: 'Ada Lovelace' },
      data: { webhookId: params.webhookId, overlapHours: 1 },
    });
    expect(JSON.stringify([eventStore.all(), outbox.all()])).not.toContain(
      json.secret.slice('whsec_'.length),
    );
  });

  it('stops after 60 requests per tenant and hour', async () => {
    const { rotate } = await rotationContext();
    for (let n = 0; n < 59; n++) await rotate({ overlapHours: 0 });

    expect(await rotate({ overlapHours: 0 })).toMatchObject({ status: 429 });
  });

  it.each([{ overlapHours: -1 }, { overlapHours: 169 }, { overlapHours: '1' }, { hours: 1 }])(
    'rejects %j',
    async (body) => {
      const { rotate } = await rotationContext();

      expect(await rotate(body)).toMatchObject({ status: 400 });
    },
  );
});
