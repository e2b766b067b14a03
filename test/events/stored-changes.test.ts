/**
 * Endpoints while a dependency fails from its n-th call on, for each n. A change and its events are
 * both stored or neither is, and a caller who gets 5xx has changed nothing.
 */
import { ServiceUnavailableError } from '../../functions/errors/app-error';
import type { RecordedEvent } from '../../functions/events/event';
import { callEndpoint, type EndpointName } from '../support/call-endpoint';
import {
  changingEndpoints,
  fail,
  grace,
  type ChangingEndpoint,
  type Context,
} from '../support/changing-endpoints';

const down = () =>
  new ServiceUnavailableError('storage_unavailable', 'Not available.', true, undefined);

/** Makes calls of stores, vault and Durable client fail from the n-th on, while the tap is open. */
function failFrom(context: Context, n: number) {
  const ports = Object.values(context).filter(isPort);
  const control = { calls: 0, isActive: true };
  for (const port of ports)
    for (const [name, method] of Object.entries(port)) {
      if (typeof method !== 'function' || syncMethods.has(name)) continue;
      const original = method as (...args: unknown[]) => unknown;
      (port as Record<string, unknown>)[name] = function faulty(this: unknown, ...args: unknown[]) {
        if (control.isActive && control.calls++ >= n) return failed();
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

async function run({ open }: ChangingEndpoint, name: EndpointName, n: number) {
  const { context, call } = await open();
  const { services, eventStore, durableClient, wait } = context;
  await services.outboxRelay.relayAll(durableClient, fail);
  wait(1);
  const before = await snapshot(context);
  const known = new Set(eventStore.all().map(({ id }) => id));
  const control = failFrom(context, n);
  const { status } = await callEndpoint(name, { as: grace, services, ...call });
  control.isActive = false;
  const after = await snapshot(context);
  await services.outboxRelay.relayAll(durableClient, fail);
  const events = eventStore.all().filter(({ id }) => !known.has(id));
  return { status, calls: control.calls, isChanged: before !== after, types: events.map(typeOf) };
}

const typeOf = ({ type }: RecordedEvent) => type;

/** What callers see of connectors, schedules, webhooks and sync runs. */
async function snapshot({ services }: Context): Promise<string> {
  const call = { services, as: grace };
  const read = async (name: EndpointName, params = {}, query = {}) =>
    (await callEndpoint(name, { ...call, params, query })).json;
  const params = { connectorId: 'c1' };
  const { json: syncs } = await callEndpoint('listSyncs', { ...call, params });
  const statuses = (syncs.items ?? []).map(({ id, status }: { id: string; status: string }) => [
    id,
    status,
  ]);
  const { json: connectors } = await callEndpoint('listConnectors', call);
  return JSON.stringify([
    connectors.items.map(({ name, filters, status }: Record<string, unknown>) => [
      name,
      filters,
      status,
    ]),
    await read('getSchedule', params),
    await read('listWebhooks'),
    await read('getAllowedTenants'),
    statuses,
  ]);
}

describe.each(changingEndpoints)('%s', (name, endpoint) => {
  it('answers 5xx only if nothing changed, and loses no event', async () => {
    const logged = jest.spyOn(console, 'error').mockImplementation();
    const { calls } = await run(endpoint, name, Infinity);
    const outcomes = [];
    for (let n = 0; n < calls; n++) outcomes.push({ n, ...(await run(endpoint, name, n)) });
    logged.mockRestore();

    const wrong = outcomes.filter(({ status, isChanged, types }) => {
      const isRecorded = endpoint.events.every((type) => types.includes(type));
      return status >= 500 ? isChanged || isRecorded : !isRecorded;
    });
    expect(wrong).toEqual([]);
  });
});
