/**
 * The audit trail: each endpoint that changes something records an event that names who did it, and
 * no endpoint fails because of its event.
 */
import { endpoints } from '../../functions/endpoints';
import { owner } from '../support/builders';
import { callEndpoint, type EndpointName } from '../support/call-endpoint';
import {
  changingEndpoints,
  fail,
  grace,
  type ChangingEndpoint,
  type Context,
} from '../support/changing-endpoints';

/** Endpoints that change nothing, with the reason why they are no GET. */
const withoutEvent: Partial<Record<EndpointName, string>> = {
  replaceRoleRules: 'its audit record is stored in the transaction of the rules',
  compareRoleRules: 'it changes nothing',
  reconcileAccess: 'it has an audit record, and so has each repair',
  confirmRevocations: 'it has an audit record',
};

/** Types and actors of the events that the call recorded. */
async function run(
  name: EndpointName,
  { open }: ChangingEndpoint,
  during = (_context: Context) => {},
) {
  const { context, call } = await open();
  const { services, eventStore, outbox, durableClient, wait } = context;
  await services.outboxRelay.relayAll(durableClient, fail);
  wait(1);
  const known = new Set(eventStore.all().map(({ id }) => id));
  during(context);
  const { status } = await callEndpoint(name, { as: grace, services, ...call });
  const direct = eventStore.all().filter(({ id }) => !known.has(id));
  const relay = async () => {
    await services.outboxRelay.relayAll(durableClient, fail);
    return eventStore.all().filter(({ id }) => !known.has(id));
  };
  return { status, direct, relay, outbox };
}

describe('the audit trail', () => {
  it('covers each endpoint that is not a GET', () => {
    const changing = Object.entries(endpoints).filter(([, { method }]) => method !== 'GET');

    expect(
      [...changingEndpoints.map(([name]) => name), ...Object.keys(withoutEvent)].toSorted(),
    ).toEqual(changing.map(([name]) => name).toSorted());
  });
});

describe.each(changingEndpoints)('%s', (name, scenario) => {
  const { objectId, displayName } = scenario.byStarter ? owner : grace;

  it('records its events with their actor', async () => {
    const { status, direct } = await run(name, scenario);

    expect(status).toBe(scenario.status);
    expect(direct.map(({ type }) => type)).toEqual(scenario.events);
    for (const { actor } of direct) expect(actor).toEqual({ objectId, displayName });
  });

  it('succeeds without the event stream, which the relay completes', async () => {
    const logged = jest.spyOn(console, 'error').mockImplementation();
    let append: jest.SpyInstance | undefined;

    const { status, direct, relay } = await run(name, scenario, ({ eventStore }) => {
      append = jest.spyOn(eventStore, 'append').mockRejectedValue(new Error('down'));
    });
    append?.mockRestore();
    logged.mockRestore();

    expect([status, direct]).toEqual([scenario.status, []]);
    expect((await relay()).map(({ type }) => type)).toEqual(scenario.events);
  });
});
