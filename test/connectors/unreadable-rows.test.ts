/** A connector whose row cannot be read, such as one that a later version wrote before a rollback. */
import { InvocationContext } from '@azure/functions';
import { reconcileConnectors } from '../../functions/connectors/reconcile-connectors.timer';
import { maintainConnections } from '../../functions/credentials/maintain-connections.timer';
import { UpstreamError } from '../../functions/errors/app-error';
import { Secret } from '../../functions/secrets/secret';
import { refreshConnectors } from '../../functions/sync/refresh/refresh.timer';
import { aConnectedConnector, now, owner } from '../support/builders';
import { syncContext } from '../support/sync-context';

const hour = 3_600;
const context = new InvocationContext({ invocationId: 'test', logHandler: () => {} });
const unreadable = new UpstreamError('connector_unreadable', 'Connector c1 is unreadable.', false);

/** Three connectors, the second of which the store leaves out and reports. */
async function withUnreadableRow() {
  const base = syncContext(
    ['c0', 'c1', 'c2'].map((id) =>
      aConnectedConnector({
        id,
        name: `Connector ${id}`,
        secrets: { grant: { name: `cn-${id}-grant`, version: 'v1', updatedAt: '' } },
      }),
    ),
  );
  const { store, secretStore, wait, durableClient, services } = base;
  const list = store.list.bind(store);
  store.list = async (tenantId, page, onUnreadable) => {
    const { items, ...more } = await list(tenantId, page);
    onUnreadable?.(unreadable);
    return { items: items.filter(({ id }) => id !== 'c1'), ...more };
  };
  const get = store.get.bind(store);
  store.get = async (key) => {
    if (key.connectorId === 'c1') throw unreadable;
    return get(key);
  };
  await secretStore.put('cn-c1-grant', new Secret('x'), { contentType: 'text/plain' });
  wait(30 * hour);
  return { secretStore, durableClient, services, wait };
}

describe('a row of a connector that cannot be read', () => {
  it('delays no scheduled sync of another one, and fails the timer', async () => {
    const { services, durableClient } = await withUnreadableRow();

    await expect(refreshConnectors(services, context)).rejects.toBe(unreadable);

    expect(durableClient.started).toMatchObject([
      { input: { connectorId: 'c0' } },
      { input: { connectorId: 'c2' } },
    ]);
  });

  it('delays no maintenance of another one, and fails the timer', async () => {
    const { services } = await withUnreadableRow();
    const seen: string[] = [];
    jest.spyOn(services.connectionMaintenance, 'maintain').mockImplementation(async ({ id }) => {
      seen.push(id);
    });

    await expect(maintainConnections(services, context)).rejects.toBe(unreadable);

    expect(seen.toSorted()).toEqual(['c0', 'c2']);
  });

  it('keeps its secret', async () => {
    const { services, secretStore } = await withUnreadableRow();

    await expect(reconcileConnectors(services, context)).rejects.toBe(unreadable);

    expect(secretStore.usable()).toEqual(['cn-c1-grant/v1']);
  });

  it('delays no removal of secrets of another one', async () => {
    const { services, secretStore, wait } = await withUnreadableRow();
    for (const name of ['cn-c0-grant', 'cn-c2-secret', 'dc-1', 'cn-c9-grant'])
      await secretStore.put(name, new Secret('x'), { contentType: 'text/plain', expiresAt: now });
    wait(2 * hour);

    await expect(reconcileConnectors(services, context)).rejects.toBe(unreadable);

    // Whether c9 is the connector of the row is not known.
    expect(secretStore.usable()).toEqual(['cn-c1-grant/v1', 'cn-c9-grant/v5']);
  });

  it('leaves the other connectors of its tenant searchable', async () => {
    const { services } = await withUnreadableRow();
    const ids: string[] = [];

    for await (const { id } of services.connectors.inTenant(owner.tenantId)) ids.push(id);

    expect(ids).toEqual(['c0', 'c2']);
  });
});
