/**
 * Endpoints while a dependency fails at its n-th call, or from that call on, for each n. A change and
 * its events are both stored or neither is, and a caller who gets 5xx has changed nothing.
 */
import { degrade, expire } from '../../functions/connectors/connection';
import type { Connector } from '../../functions/connectors/connector';
import { ServiceUnavailableError } from '../../functions/errors/app-error';
import type { RecordedEvent } from '../../functions/events/event';
import { now as aMoment } from '../support/builders';
import { callEndpoint, type EndpointName } from '../support/call-endpoint';
import {
  changingEndpoints,
  connected,
  connectedWithPassword,
  fail,
  grace,
  type ChangingEndpoint,
  type Context,
} from '../support/changing-endpoints';

const down = () =>
  new ServiceUnavailableError('storage_unavailable', 'Not available.', true, undefined);

type Outage = 'at' | 'from';

/** Makes calls of stores, vault and Durable client fail at the n-th or from it on, while active. */
function failCalls(context: Context, outage: Outage, n: number) {
  const ports = Object.values(context).filter(isPort);
  const control = { calls: 0, isActive: true };
  for (const port of ports)
    for (const [name, method] of Object.entries(port)) {
      if (typeof method !== 'function' || syncMethods.has(name)) continue;
      const original = method as (...args: unknown[]) => unknown;
      (port as Record<string, unknown>)[name] = function faulty(this: unknown, ...args: unknown[]) {
        const call = control.isActive ? control.calls++ : -1;
        if (call === n || (outage === 'from' && call > n)) return failed();
        return original.apply(this, args);
      };
    }
  return control;
}

/** Rejects when awaited, and when iterated. */
function failed() {
  const rejection = Promise.reject(down());
  rejection.catch(() => undefined);
  return Object.assign(rejection, {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(down()) }),
  });
}

/** Methods of fakes for tests, or for a write in the same tick. */
const syncMethods = new Set(['all', 'add', 'usable']);
const isPort = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  ['get', 'put', 'append', 'start', 'begin', 'take'].some((name) => name in value) &&
  !('connectors' in value);

async function run({ open }: ChangingEndpoint, name: EndpointName, outage: Outage, n: number) {
  const { context, call } = await open();
  const { services, eventStore, durableClient, wait } = context;
  await services.outboxRelay.relayAll(durableClient, fail);
  wait(1);
  const before = await snapshot(context);
  const known = new Set(eventStore.all().map(({ id }) => id));
  const control = failCalls(context, outage, n);
  const { status, json } = await callEndpoint(name, { as: grace, services, ...call });
  control.isActive = false;
  const after = await snapshot(context);
  await services.outboxRelay.relayAll(durableClient, fail);
  const events = eventStore.all().filter(({ id }) => !known.has(id));
  return {
    status,
    code: json?.code,
    calls: control.calls,
    isChanged: before !== after,
    types: events.map(typeOf),
  };
}

const typeOf = ({ type }: RecordedEvent) => type;

/** What callers see of all that the endpoints change. */
async function snapshot({ services }: Context): Promise<string> {
  const read = async (name: EndpointName, params = {}) =>
    (await callEndpoint(name, { services, as: grace, params })).json;
  const params = { connectorId: 'c1' };
  const { items: connectors } = await read('listConnectors');
  const { items: syncs = [] } = await read('listSyncs', params);
  const { items: attempts = [] } = await read('listConnectionAttempts', params);
  const { items: webhooks } = await read('listWebhooks');
  const { items: connections } = await read('listProvisioningConnections');
  return JSON.stringify([
    connectors,
    await read('getConnector', params),
    await read('getSchedule', params),
    // An attempt that did not connect changed nothing.
    attempts.filter(({ status }: Item) => status === 'succeeded'),
    webhooks,
    await Promise.all(webhooks.map(({ id }: Item) => read('listDeliveries', { webhookId: id }))),
    connections,
    await read('getAllowedTenants'),
    syncs.map(({ id, status }: Item) => [id, status]),
  ]);
}

type Item = Readonly<Record<string, string>>;

const reason = { code: 'token_rejected', message: 'Azure rejected it.' };

const changed = (change: (connector: Connector) => Connector) => async () => {
  const scenario = await connected();
  const key = { tenantId: grace.tenantId, connectorId: 'c1' };
  await scenario.context.services.connectors.change(key, change);
  return scenario;
};

async function withRenewalDue() {
  const scenario = await connectedWithPassword();
  scenario.context.wait(86_400);
  return scenario;
}

/** Tests of a connection that change its state. */
const connectionTests: readonly (readonly [string, ChangingEndpoint['open']])[] = [
  [
    'of a degraded connection',
    changed((connector) => degrade(connector, { ...reason, code: 'azure_unavailable' }, aMoment)),
  ],
  ['of an expired connection', changed((connector) => expire(connector, reason, aMoment))],
  [
    'of a connection without its secret',
    changed(({ secrets, ...connector }) => ({
      ...connector,
      secrets: { secret: { ...secrets.secret!, version: 'v9' } },
    })),
  ],
  ['of a connection whose renewal is due', withRenewalDue],
];

describe.each(connectionTests)('testConnection %s', (_state, open) => {
  it('answers 5xx only if nothing changed, and loses no event', async () => {
    const endpoint: ChangingEndpoint = { events: ['connector.tested'], status: 200, open };

    expect(await lies('testConnection', endpoint)).toEqual([]);
  });
});

const changing: Partial<Record<EndpointName, ChangingEndpoint>> =
  Object.fromEntries(changingEndpoints);

describe.each(changingEndpoints)('%s', (name, endpoint) => {
  it('answers 5xx only if nothing changed, and loses no event', async () => {
    expect(await lies(name, endpoint)).toEqual([]);
  });
});

/** Outcomes of which the response says something else than what is stored. */
async function lies(name: EndpointName, endpoint: ChangingEndpoint) {
  const logged = jest.spyOn(console, 'error').mockImplementation();
  const { calls } = await run(endpoint, name, 'from', Infinity);
  const outcomes = [];
  for (const outage of ['at', 'from'] as const)
    for (let n = 0; n < calls; n++)
      outcomes.push({ outage, n, ...(await run(endpoint, name, outage, n)) });
  logged.mockRestore();
  return outcomes.filter(({ status, isChanged, types }) => {
    const isRecorded = endpoint.events.every((type) => types.includes(type));
    const isRefusalRecorded = !isChanged && types.includes('oauth.session_failed');
    // A request to Durable is recorded before Durable may fail.
    const isOfDurable = types.every((type) => type.startsWith('orchestration.'));
    return status >= 500
      ? isChanged || (isRecorded && !isOfDurable)
      : !isRecorded && !isRefusalRecorded;
  });
}

describe.each(['submitCredentials', 'rotateCredential', 'confirmOAuth'] as const)(
  'an attempt by %s',
  (name) => {
    const outage = () => Promise.reject(down());

    async function interrupted() {
      const logged = jest.spyOn(console, 'error').mockImplementation();
      const { context, call } = await changing[name]!.open();
      const { connectionAttemptStore, services, wait } = context;
      const replace = connectionAttemptStore.replace.bind(connectionAttemptStore);
      connectionAttemptStore.replace = (attempt, ...more) =>
        attempt.state === 'consumed' ? replace(attempt, ...more) : outage();
      await callEndpoint(name, { as: grace, services, ...call });
      logged.mockRestore();
      wait(3_600);
      return { services, call };
    }

    it('has succeeded also if its row could not be written', async () => {
      const { services } = await interrupted();
      const params = { connectorId: 'c1' };
      await callEndpoint('disconnectConnector', { as: grace, services, params });

      const { json } = await callEndpoint('listConnectionAttempts', {
        as: grace,
        services,
        params,
      });

      for (const attempt of json.items)
        expect(attempt).toMatchObject({
          status: 'succeeded',
          outcome: { code: 'ok' },
          account: { tenantId: grace.tenantId },
        });
    });
  },
);
