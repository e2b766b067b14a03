import type { ChallengeResult } from '../../functions/webhooks/ports';
import { owner, ownerOfOtherTenant } from '../support/builders';
import { callEndpoint } from '../support/call-endpoint';
import { testContext } from '../support/context';

const url = 'https://hooks.example/in?key=1';
const aDraft = { url, events: ['*'] };

function confirmationContext() {
  const context = testContext();
  const { services } = context;
  const create = (draft: object = aDraft, as = owner) =>
    callEndpoint('createWebhook', { body: draft, services, as });
  const patch = (webhookId: string, change: object, version = 1) =>
    callEndpoint('updateWebhook', {
      params: { webhookId },
      headers: { 'if-match': `"v${version}"` },
      body: change,
      services,
    });
  return { ...context, create, patch };
}

const refusals: [string, ChallengeResult][] = [
  ['without consent', { status: 200 }],
  ['for another origin', { status: 200, allowedOrigin: 'other.example' }],
  ['with consent and status 404', { status: 404, allowedOrigin: '*' }],
  ['with a redirect', { status: 302, allowedOrigin: '*' }],
  ['with nothing', { error: 'timed_out' }],
  ['at a private address', { error: 'address_refused' }],
];

describe('createWebhook', () => {
  it.each(refusals)('stores nothing if the receiver answers %s', async (_, result) => {
    const { create, sender, secretStore, services, outbox } = confirmationContext();
    sender.consent = () => result;

    const response = await create();

    expect(response).toMatchObject({
      status: 422,
      json: { code: 'webhook_address_not_confirmed' },
    });
    expect(JSON.stringify(response.json)).not.toContain('key=1');
    expect(await services.webhooks.list(owner.tenantId)).toEqual([]);
    expect([secretStore.usable(), outbox.all()]).toEqual([[], []]);
  });

  it.each([
    ['its origin', (origin: string) => origin],
    ['any origin', () => '*'],
    ['a list with its origin', (origin: string) => `other.example, ${origin.toUpperCase()}`],
  ])('accepts a receiver that allows %s', async (_, allowed) => {
    const { create, sender } = confirmationContext();
    sender.consent = (origin) => ({ status: 204, allowedOrigin: allowed(origin) });

    const { status, json } = await create();

    expect({ status, url: json.url }).toEqual({ status: 201, url: 'https://hooks.example/in?***' });
  });

  it('challenges an address once per tenant', async () => {
    const { create, sender } = confirmationContext();
    const first = await create();

    const again = await create({ ...aDraft, url: 'https://HOOKS.example:443/in?key=1' });
    await create(aDraft, ownerOfOtherTenant);

    expect(again.json.confirmedAt).toBe(first.json.confirmedAt);
    expect(sender.challenged).toEqual([url, url]);
  });

  it('challenges another query of the same path', async () => {
    const { create, sender } = confirmationContext();
    await create();
    sender.consent = () => ({ status: 404 });

    const response = await create({ ...aDraft, url: 'https://hooks.example/in?key=2' });

    expect(response.status).toBe(422);
    expect(sender.challenged).toHaveLength(2);
  });

  it('sends at most 60 challenges per tenant and hour, also at once', async () => {
    const { create, sender } = confirmationContext();
    sender.consent = () => ({ status: 404 });

    const responses = await Promise.all(Array.from({ length: 80 }, () => create()));
    const other = await create(aDraft, ownerOfOtherTenant);

    expect(sender.challenged).toHaveLength(61);
    expect(responses.filter(({ status }) => status === 429)).toHaveLength(20);
    expect(other.status).toBe(422);
  });

  it('creates 20 webhooks of 40 that are created at once', async () => {
    const { create, secretStore } = confirmationContext();

    const responses = await Promise.all(Array.from({ length: 40 }, () => create()));

    const withStatus = (wanted: number) => responses.filter(({ status }) => status === wanted);
    expect([withStatus(201).length, withStatus(409).length]).toEqual([20, 20]);
    expect(secretStore.usable()).toHaveLength(40);
  });

  it.each(['https://hooks.example/***', 'https://hooks.example/in?***'])(
    'refuses %s, which a response displayed',
    async (displayed) => {
      const { create, sender } = confirmationContext();

      const { status, json } = await create({ ...aDraft, url: displayed });

      expect({ status, pointer: json.errors[0].pointer }).toEqual({ status: 400, pointer: '/url' });
      expect(sender.challenged).toEqual([]);
    },
  );
});

describe('updateWebhook with an address', () => {
  const moved = 'https://new.example/in?key=2';

  it('sends to the new address after its confirmation', async () => {
    const { create, patch, services, sender, outbox } = confirmationContext();
    const { json } = await create();
    const params = { webhookId: json.id as string };

    const changed = await patch(json.id, { url: moved });
    await callEndpoint('testWebhook', { params, services });

    expect(changed).toMatchObject({ status: 200, json: { url: 'https://new.example/in?***' } });
    expect(sender.challenged).toEqual([url, moved]);
    expect(sender.sent.map((request) => request.url)).toEqual([moved]);
    const { event } = outbox.all().find(({ event }) => event.type === 'webhook.updated')!;
    expect(event.data).toMatchObject({
      changes: {
        url: { before: 'https://hooks.example/in?***', after: 'https://new.example/in?***' },
      },
    });
    expect(JSON.stringify(outbox.all())).not.toContain('key=');
  });

  it.each(refusals)('keeps the old one if the receiver answers %s', async (_, result) => {
    const { create, patch, services, sender, secretStore } = confirmationContext();
    const { json } = await create();
    const params = { webhookId: json.id as string };
    const secrets = secretStore.usable();
    sender.consent = () => result;

    const refused = await patch(json.id, { url: moved, events: ['sync.failed'] });
    await callEndpoint('testWebhook', { params, services });

    expect(refused.status).toBe(422);
    expect(sender.sent.map((request) => request.url)).toEqual([url]);
    expect(secretStore.usable()).toEqual(secrets);
    const { json: read } = await callEndpoint('getWebhook', { params, services });
    expect(read).toMatchObject({ events: ['*'], etag: '"v1"' });
  });

  it('challenges nothing for an old version', async () => {
    const { create, patch, sender } = confirmationContext();
    const { json } = await create();
    await patch(json.id, { enabled: false });

    const { status } = await patch(json.id, { url: moved });

    expect(status).toBe(412);
    expect(sender.challenged).toEqual([url]);
  });

  it('reports the faster change although Key Vault fails then', async () => {
    const logged = jest.spyOn(console, 'error').mockImplementation();
    const { create, patch, sender, secretStore } = confirmationContext();
    const { json } = await create();
    secretStore.disable = () => Promise.reject(new Error('Key Vault is down'));
    sender.challenge = async (_url, origin) => {
      await patch(json.id, { enabled: false });
      return { status: 200, allowedOrigin: origin };
    };

    const { status } = await patch(json.id, { url: moved });

    expect(status).toBe(412);
    expect(logged.mock.calls.flat().join()).toContain('webhook.secret_not_disabled');
    logged.mockRestore();
  });

  it('leaves no secret if another change is faster', async () => {
    const { create, patch, sender, secretStore } = confirmationContext();
    const { json } = await create();
    const secrets = secretStore.usable();
    sender.challenge = async (_url, origin) => {
      await patch(json.id, { enabled: false });
      return { status: 200, allowedOrigin: origin };
    };

    const { status } = await patch(json.id, { url: moved });

    expect(status).toBe(412);
    expect(secretStore.usable()).toEqual(secrets);
  });
});
