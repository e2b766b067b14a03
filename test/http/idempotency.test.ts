/** A request that is repeated with its key happens once. */
import { endpoints } from '../../functions/endpoints';
import { endpoint, type Endpoint } from '../../functions/http/endpoint';
import type { Services } from '../../functions/services';
import { owners } from '../../functions/http/caller';
import { openApi } from '../../functions/http/openapi';
import { callEndpoint } from '../support/call-endpoint';
import { owner, viewer } from '../support/builders';
import { callDeclared } from '../support/call-declared';
import { testContext } from '../support/context';

const key = { 'idempotency-key': '"8e03978e-40d5-43e8-bc93-6894a57f9324"' };
const sales = { body: { name: 'Sales' }, headers: key };

describe('a key', () => {
  it('given a repetition, when it is asked again, then it is answered alike and happens once', async () => {
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

  it('given ten at once, when all are answered, then one happened and the others were told to wait', async () => {
    const { services } = testContext();

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => callEndpoint('createConnector', { services, ...sales })),
    );

    const others = answers.filter(({ status }) => status !== 201);
    expect(others).toHaveLength(9);
    for (const { json } of others) expect(json.code).toBe('idempotency_in_flight');
  });

  it('given another payload, when the key is used again, then it is refused', async () => {
    const { services } = testContext();
    await callEndpoint('createConnector', { services, ...sales });

    const answer = await callEndpoint('createConnector', {
      services,
      body: { name: 'Stock' },
      headers: key,
    });

    expect(answer).toMatchObject({ status: 422, json: { code: 'idempotency_key_reused' } });
  });

  it('given the same payload written otherwise, when it is repeated, then it is the same', async () => {
    const { services } = testContext();
    await callEndpoint('createConnector', { services, ...sales });

    const answer = await callEndpoint('createConnector', {
      services,
      headers: { 'idempotency-key': '8e03978e-40d5-43e8-bc93-6894a57f9324' },
      body: '{ "type": "azure-data-factory",  "name": " Sales " }',
    });

    expect(answer.headers['Idempotency-Replayed']).toBe('true');
  });

  it('given somebody else, when they use the same key, then it is theirs', async () => {
    const { services } = testContext();
    await callEndpoint('createConnector', { services, ...sales });

    const answer = await callEndpoint('createConnector', {
      services,
      as: { ...owner, objectId: viewer.objectId.replace('1', '2') },
      body: { name: 'Stock' },
      headers: key,
    });

    expect(answer.status).toBe(201);
  });

  it('given a day, when the key is used again, then it is new', async () => {
    const { services, wait } = testContext();
    await callEndpoint('createConnector', { services, ...sales });
    wait(24 * 3_600);

    const answer = await callEndpoint('createConnector', {
      services,
      body: { name: 'Stock' },
      headers: key,
    });

    expect(answer.status).toBe(201);
  });

  it('given a refusal that stays, when it is repeated, then it is told again', async () => {
    const { services } = testContext();
    await callEndpoint('createConnector', { services, body: sales.body });
    await callEndpoint('createConnector', { services, ...sales });

    const answer = await callEndpoint('createConnector', { services, ...sales });

    expect(answer).toMatchObject({ status: 409, json: { code: 'connector_name_taken' } });
    expect(answer.headers['Idempotency-Replayed']).toBe('true');
  });

  it.each(['', '""', '"a', 'a b', '"a", "b"', 'é', `"${'x'.repeat(256)}"`, '"\\x"'])(
    'given %j, when it is sent as key, then it is refused',
    async (header) => {
      const answer = await callEndpoint('createConnector', {
        ...sales,
        headers: { 'idempotency-key': header },
      });

      expect(answer).toMatchObject({ status: 400, json: { code: 'idempotency_key_invalid' } });
    },
  );
});

describe('an execution', () => {
  it('given one that fails for now, when it is repeated, then it is executed again', async () => {
    const { services } = testContext();
    let calls = 0;
    const failsOnce = counting(async () => {
      if (++calls === 1) throw new Error('storage hung up');
      return { status: 200 };
    });

    const first = await callDeclared(failsOnce, { services, headers: key });
    const second = await callDeclared(failsOnce, { services, headers: key });

    expect([first.status, second.status]).toEqual([500, 200]);
    expect(second.headers).not.toHaveProperty('Idempotency-Replayed');
  });

  it('given one that never ends, when its lease is over, then a repetition is executed', async () => {
    const { services, wait } = testContext();
    let calls = 0;
    const hangsOnce = counting(() =>
      ++calls === 1 ? new Promise(() => {}) : Promise.resolve({ status: 200 }),
    );
    void callDeclared(hangsOnce, { services, headers: key });

    const during = await callDeclared(hangsOnce, { services, headers: key });
    wait(241);
    const after = await callDeclared(hangsOnce, { services, headers: key });

    expect(during).toMatchObject({ status: 409, jsonBody: { code: 'idempotency_in_flight' } });
    expect(after.status).toBe(200);
  });

  it('given an answer that cannot be kept, when it is sent, then it is what happened', async () => {
    const { services } = testContext();
    const wiped = counting(async () => {
      await services.idempotency.deleteExpired();
      return { status: 200 };
    });

    const answer = await callDeclared({ ...wiped }, { services, headers: key });

    expect(answer.status).toBe(200);
  });

  it('given an endpoint that demands a key, when none is sent, then it is asked for', async () => {
    const demanding = {
      ...counting(async () => ({ status: 200 })),
      idempotent: 'required' as const,
    };

    const answer = await callDeclared(demanding, {});

    expect(answer).toMatchObject({ status: 400, jsonBody: { code: 'idempotency_key_missing' } });
  });
});

describe('what is stored of a repeatable request', () => {
  const repeatable = Object.entries<Endpoint>(endpoints).filter(([, one]) => one.idempotent);

  it('given the endpoints, when they are listed, then these can be repeated', () => {
    expect(repeatable.map(([name]) => name).toSorted()).toEqual([
      'createConnector',
      'retrySync',
      'startSync',
    ]);
  });

  it.each(repeatable)('given %s, when its schemas are read, then none holds a secret', (name) => {
    const { paths, components } = openApi({ [name]: endpoints[name as keyof typeof endpoints] });

    expect(JSON.stringify([paths, components.schemas])).not.toMatch(
      /writeOnly|"password"|ticket|startUrl|whsec/,
    );
  });
});

function counting(handle: Endpoint<Services>['handle']): Endpoint<Services> {
  return endpoint({
    method: 'POST',
    route: 'things',
    summary: 'Things',
    allow: owners,
    idempotent: 'optional',
    responses: { 200: undefined },
    handle,
  });
}
