/** Timers that could not do their work fail, after they did what they could. */
import { app, InvocationContext, type TimerFunctionOptions } from '@azure/functions';
import { aConnectedConnector, owner } from '../support/builders';
import { registerTimer } from '../../functions/durable/registration';
import {
  ConfigurationError,
  ConflictError,
  ServiceUnavailableError,
} from '../../functions/errors/app-error';
import { maintainConnections } from '../../functions/credentials/maintain-connections.timer';
import { reconcileSyncs } from '../../functions/sync/reconcile-syncs.timer';
import { refreshConnectors } from '../../functions/sync/refresh/refresh.timer';
import { relayOutbox } from '../../functions/webhooks/relay-outbox.task';
import { syncContext } from '../support/sync-context';

const outage = new ServiceUnavailableError('storage_unavailable', 'Storage is down.', true);
const isDown = async (): Promise<never> => {
  throw outage;
};

function invocation() {
  const lines: any[] = [];
  const context = new InvocationContext({
    invocationId: 'test',
    logHandler: (level, line) => void lines.push({ level, ...JSON.parse(String(line)) }),
  });
  return { context, lines, events: () => lines.map(({ level, event }) => `${level} ${event}`) };
}

const two = () => {
  const syncSummary = {
    lastSyncRunId: 'r',
    lastStatus: 'succeeded' as const,
    lastStartedAt: '2026-01-15T10:00:00Z',
  };
  const ids = ['c0', 'c1'];
  return syncContext(ids.map((id) => aConnectedConnector({ id, name: id, syncSummary })));
};

describe('registerTimer', () => {
  const registered = (run: () => Promise<void>) => {
    const timer = jest.spyOn(app, 'timer').mockImplementation(() => undefined);
    registerTimer(() => ({}), 'purge', '0 0 0 * * *', run);
    const [, options] = timer.mock.calls[0] as [string, TimerFunctionOptions];
    timer.mockRestore();
    const { context, lines } = invocation();
    return { lines, fire: async () => options.handler({} as never, context) };
  };

  it.each([
    ['an outage', outage, { code: 'storage_unavailable' }],
    ['a missing setting', new ConfigurationError([]), { code: 'configuration_incomplete' }],
    ['a bug', new TypeError('x is undefined'), { code: 'TypeError' }],
  ])('reports %s once and fails', async (_, error, line) => {
    const { fire, lines } = registered(async () => {
      throw error;
    });

    await expect(fire()).rejects.toBe(error);

    expect(lines).toMatchObject([
      { level: 'error', event: 'timer.failed', timer: 'purge', ...line },
    ]);
  });

  it('reports nothing about a run that did its work', async () => {
    const { fire, lines } = registered(async () => undefined);

    await fire();

    expect(lines).toEqual([]);
  });
});

describe('a timer during an outage', () => {
  it('refreshes the other connectors, then fails', async () => {
    const { services, syncRunStore, durableClient } = two();
    const { context, events } = invocation();
    const begin = syncRunStore.begin.bind(syncRunStore);
    jest
      .spyOn(syncRunStore, 'begin')
      .mockImplementation((run, messages) =>
        run.connectorId === 'c0' ? isDown() : begin(run, messages),
      );

    await expect(refreshConnectors(services, context)).rejects.toBe(outage);

    expect(events()).toEqual(['warning refresh.failed', 'information refresh.started']);
    expect(durableClient.started).toMatchObject([{ input: { connectorId: 'c1' } }]);
  });

  it('reconciles the other tenants, then fails', async () => {
    const { services } = two();
    const { context, events } = invocation();
    const seen: string[] = [];
    const connectors = {
      async *listTenants() {
        yield* ['down', owner.tenantId];
      },
    };
    jest.spyOn(services.syncReconciliation, 'reconcile').mockImplementation(async (tenantId) => {
      seen.push(tenantId);
      return tenantId === 'down' ? isDown() : { repairs: [], failures: [] };
    });

    const failed = reconcileSyncs({ ...services, connectors } as never, context);

    await expect(failed).rejects.toBe(outage);
    expect(seen).toEqual(['down', owner.tenantId]);
    expect(events()).toEqual(['warning reconciliation.failed']);
  });

  it('maintains the other connections, then fails', async () => {
    const { services } = two();
    const { context, events } = invocation();
    const seen: string[] = [];
    jest.spyOn(services.connectionMaintenance, 'maintain').mockImplementation(async ({ id }) => {
      seen.push(id);
      if (id === 'c0') throw outage;
    });

    await expect(maintainConnections(services, context)).rejects.toBe(outage);

    expect(seen.toSorted()).toEqual(['c0', 'c1']);
    expect(events()).toEqual(['warning connection_maintenance.failed']);
  });

  it('relays the other messages, then fails', async () => {
    const { services, eventStore } = two();
    const { context, events } = invocation();
    const append = eventStore.append.bind(eventStore);
    // What a worker has appended with its change, its relay does not append again.
    jest
      .spyOn(eventStore, 'append')
      .mockImplementation((event) => (event.connectorId === 'c0' ? isDown() : append(event)));
    jest.spyOn(console, 'error').mockReturnValue();
    for (const connectorId of ['c0', 'c1'])
      await services.events.record({
        tenantId: owner.tenantId,
        connectorId,
        type: 'connector.updated',
        actor: 'system',
      });

    await expect(relayOutbox(services, context)).rejects.toBe(outage);

    expect(events()).toEqual(['warning outbox.relay_failed']);
    jest.restoreAllMocks();
    await expect(relayOutbox(services, context)).resolves.toBeUndefined();
  });
});

describe('a timer and the failure of one connector', () => {
  it('does not fail if a sync is already running', async () => {
    const { services, syncRunStore } = two();
    const { context, events } = invocation();
    jest
      .spyOn(syncRunStore, 'begin')
      .mockRejectedValue(new ConflictError('sync_already_running', 'Wait.'));
    jest.spyOn(syncRunStore, 'getLock').mockRejectedValue(new ConflictError('sync_locked', 'No.'));

    await refreshConnectors(services, context);

    expect(events()).toEqual(['information refresh.skipped', 'information refresh.skipped']);
  });

  it('does not fail if a connection is refused', async () => {
    const { services } = two();
    const { context, events } = invocation();
    jest
      .spyOn(services.connectionMaintenance, 'maintain')
      .mockRejectedValue(new ConflictError('connector_not_connected', 'Connect it.'));

    await maintainConnections(services, context);

    expect(events()).toEqual(['information connection.failing', 'information connection.failing']);
  });
});
