import { endpoints } from '../../functions/endpoints';
import { endpoint, type Endpoint } from '../../functions/http/endpoint';
import type { Services } from '../../functions/services';
import { ServiceUnavailableError, ThrottledError } from '../../functions/errors/app-error';
import { owners } from '../../functions/http/caller';
import { openApi } from '../../functions/http/openapi/openapi';
import { callEndpoint, type EndpointName } from '../support/call-endpoint';
import { owner, viewer } from '../support/builders';
import { callDeclared } from '../support/call-declared';
import { changingEndpoints, grace, type ChangingEndpoint } from '../support/changing-endpoints';
import { testContext } from '../support/context';

const key = { 'idempotency-key': '"8e03978e-40d5-43e8-bc93-6894a57f9324"' };
const sales = { body: { name: 'Sales' }, headers: key };

describe('Idempotency-Key', () => {
  it('executes a repeated request once and repeats its response', async () => {
    const { services, store } = testContext();
    const first = await callEndpoint('createConnector', { services, ...sales });

    const second = await callEndpoint('createConnector', { services, ...sales });

    expect(first.headers).not.toHaveProperty('Idempotency-Replayed');
    expect(second).toMatchObject({ status: 201, json: first.json });
    expect(second.headers).toMatchObject({
      'Idempotency-Replayed': 'true',
      Location: first.headers['Location'],
      ETag: first.headers['ETag'],
    });
    expect((await store.list(owner.tenantId, { limit: 10 })).items).toHaveLength(1);
  });

  it('executes one of ten concurrent requests and rejects the others', async () => {
    const { services } = testContext();

    const responses = await Promise.all(
      Array.from({ length: 10 }, () => callEndpoint('createConnector', { services, ...sales })),
    );

    const others = responses.filter(({ status }) => status !== 201);
    expect(others).toHaveLength(9);
    for (const { json } of others) expect(json.code).toBe('idempotency_in_flight');
  });

  it('is rejected for another payload', async () => {
    const { services } = testContext();
    await callEndpoint('createConnector', { services, ...sales });

    const response = await callEndpoint('createConnector', {
      services,
      body: { name: 'Stock' },
      headers: key,
    });

    expect(response).toMatchObject({ status: 422, json: { code: 'idempotency_key_reused' } });
  });

  it('ignores how payload and key are written', async () => {
    const { services } = testContext();
    await callEndpoint('createConnector', { services, ...sales });

    const response = await callEndpoint('createConnector', {
      services,
      headers: { 'idempotency-key': '8e03978e-40d5-43e8-bc93-6894a57f9324' },
      body: '{ "type": "azure-data-factory",  "name": " Sales " }',
    });

    expect(response.headers['Idempotency-Replayed']).toBe('true');
  });

  it('is independent for each caller', async () => {
    const { services } = testContext();
    await callEndpoint('createConnector', { services, ...sales });

    const response = await callEndpoint('createConnector', {
      services,
      as: { ...owner, objectId: viewer.objectId.replace('1', '2') },
      body: { name: 'Stock' },
      headers: key,
    });

    expect(response.status).toBe(201);
  });

  it('is free again after a day', async () => {
    const { services, wait } = testContext();
    await callEndpoint('createConnector', { services, ...sales });
    wait(24 * 3_600);

    const response = await callEndpoint('createConnector', {
      services,
      body: { name: 'Stock' },
      headers: key,
    });

    expect(response.status).toBe(201);
  });

  it('repeats a definitive problem', async () => {
    const { services } = testContext();
    await callEndpoint('createConnector', { services, body: sales.body });
    await callEndpoint('createConnector', { services, ...sales });

    const response = await callEndpoint('createConnector', { services, ...sales });

    expect(response).toMatchObject({ status: 409, json: { code: 'connector_name_taken' } });
    expect(response.headers['Idempotency-Replayed']).toBe('true');
  });

  it.each(['', '""', '"a', 'a b', '"a", "b"', 'é', `"${'x'.repeat(256)}"`, '"\\x"'])(
    'is rejected as %j',
    async (header) => {
      const response = await callEndpoint('createConnector', {
        ...sales,
        headers: { 'idempotency-key': header },
      });

      expect(response).toMatchObject({ status: 400, json: { code: 'idempotency_key_invalid' } });
    },
  );
});

describe('execution', () => {
  it('is repeated after an error that may pass', async () => {
    const { services } = testContext();
    let calls = 0;
    const failsOnce = idempotentEndpoint(async () => {
      if (++calls === 1) throw new Error('storage closed the connection');
      return { status: 200 };
    });

    const first = await callDeclared(failsOnce, { services, headers: key });
    const second = await callDeclared(failsOnce, { services, headers: key });

    expect([first.status, second.status]).toEqual([500, 200]);
    expect(second.headers).not.toHaveProperty('Idempotency-Replayed');
  });

  it('responds with its own failure even if the key cannot be released', async () => {
    const { services, idempotencyStore } = testContext();
    idempotencyStore.delete = async () => {
      throw new ServiceUnavailableError('storage_unavailable', 'Not available.', true, undefined);
    };
    const throttled = idempotentEndpoint(async () => {
      throw new ThrottledError('dependency_throttled', 'Repeat the request later.', 7);
    });

    const response = await callDeclared(throttled, { services, headers: key });

    expect(response).toMatchObject({ status: 429, headers: { 'Retry-After': '7' } });
  });

  it('is repeated when the lease of a hanging one has expired', async () => {
    const { services, wait } = testContext();
    let calls = 0;
    const hangsOnce = idempotentEndpoint(() =>
      ++calls === 1 ? new Promise(() => {}) : Promise.resolve({ status: 200 }),
    );
    void callDeclared(hangsOnce, { services, headers: key });

    const during = await callDeclared(hangsOnce, { services, headers: key });
    wait(241);
    const after = await callDeclared(hangsOnce, { services, headers: key });

    expect(during).toMatchObject({ status: 409, jsonBody: { code: 'idempotency_in_flight' } });
    expect(after.status).toBe(200);
  });

  it('responds even if its response cannot be stored', async () => {
    const { services } = testContext();
    const expired = idempotentEndpoint(async () => {
      for await (const _ of services.idempotency.deleteExpired());
      return { status: 200 };
    });

    const response = await callDeclared({ ...expired }, { services, headers: key });

    expect(response.status).toBe(200);
  });

  it('requires a key if the endpoint declares so', async () => {
    const requiring = {
      ...idempotentEndpoint(async () => ({ status: 200 })),
      idempotent: 'required' as const,
    };

    const response = await callDeclared(requiring);

    expect(response).toMatchObject({ status: 400, jsonBody: { code: 'idempotency_key_missing' } });
  });
});

/** POSTs without a second effect when they are repeated: none makes a thing or starts work twice. */
const repeatable = [
  'callMcp',
  'cancelSync',
  'compareRoleRules',
  'confirmOAuth',
  'confirmRemovals',
  'confirmRevocations',
  'disconnectConnector',
  'oauthCallbackFormPost',
  'opsReconcile',
  'opsTerminateSync',
  'pauseSync',
  'purgeOrchestrations',
  'reconcileAccess',
  'resumeOrchestration',
  'resumeSync',
  'rewindOrchestration',
  'rotateCredential',
  'submitCredentials',
  'suspendOrchestration',
  'terminateOrchestration',
  'testConnection',
];

describe('POST endpoints', () => {
  const all = Object.entries<Endpoint>(endpoints).filter(([, { method }]) => method === 'POST');
  const accepting = all.filter(([, { idempotent }]) => idempotent !== undefined);
  const stored = accepting.filter(([, { idempotent }]) => idempotent !== 'shown-once');

  it('accept an Idempotency-Key unless a repetition has no second effect', () => {
    const others = all.filter((one) => !accepting.includes(one)).map(([name]) => name);

    expect(others.toSorted()).toEqual(repeatable);
  });

  it.each(stored)('%s stores its response, which holds no secret', (name) => {
    const { paths, components } = openApi({ [name]: endpoints[name as keyof typeof endpoints] });

    expect(JSON.stringify([paths, components.schemas])).not.toMatch(secretMembers);
  });
});

const secretMembers = /writeOnly|"password"|ticket|startUrl|userCode|whsec|"token"/;

const changing: Partial<Record<EndpointName, ChangingEndpoint>> =
  Object.fromEntries(changingEndpoints);

/** Each makes something whose secret is in its response only. */
const shownOnce = Object.entries<Endpoint>(endpoints).filter(
  ([, { idempotent }]) => idempotent === 'shown-once',
);

describe.each(shownOnce)('%s with an Idempotency-Key', (name) => {
  const endpointName = name as EndpointName;

  async function opened() {
    const { context, call } = await changing[endpointName]!.open();
    const headers = { ...call.headers, ...key };
    return {
      ...context,
      eventCount: () => context.eventStore.all().length,
      send: () =>
        callEndpoint(endpointName, { as: grace, services: context.services, ...call, headers }),
    };
  }

  it('answers a repetition with the id of the first result', async () => {
    const { send, eventCount } = await opened();
    const first = await send();
    const events = eventCount();

    const second = await send();

    expect(first.status).toBeLessThan(300);
    expect(second).toMatchObject({ status: 409, json: { code: 'response_shown_once' } });
    expect(second.json.detail).toContain(first.json.id);
    expect(second.headers['Location']).toBe(first.headers['Location']);
    expect(second.headers['Idempotency-Replayed']).toBe('true');
    expect(eventCount()).toBe(events);
  });

  it('stores no secret of its response', async () => {
    const { idempotencyStore, send } = await opened();
    const replace = jest.spyOn(idempotencyStore, 'replace');

    const { json } = await send();

    const secrets = [json.token, json.secret, json.startUrl, json.userCode].filter(Boolean);
    expect(secrets).not.toEqual([]);
    for (const secret of secrets) expect(JSON.stringify(replace.mock.calls)).not.toContain(secret);
  });

  it('is not executed again after it was interrupted', async () => {
    const { idempotencyStore, eventCount, send, wait } = await opened();
    const logged = jest.spyOn(console, 'error').mockImplementation();
    jest.spyOn(idempotencyStore, 'replace').mockRejectedValueOnce(new Error('worker died'));
    await send();
    const events = eventCount();
    wait(241);

    const { status, json } = await send();

    expect([status, json.code]).toEqual([409, 'idempotency_outcome_unknown']);
    expect(eventCount()).toBe(events);
    logged.mockRestore();
  });
});

function idempotentEndpoint(handle: Endpoint<Services>['handle']): Endpoint<Services> {
  return endpoint({
    method: 'POST',
    route: 'things',
    summary: 'Create a thing',
    allow: owners,
    idempotent: 'optional',
    responses: { 200: undefined },
    handle,
  });
}
