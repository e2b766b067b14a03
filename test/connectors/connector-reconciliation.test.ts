/** What a process that died left behind, and how it goes. */
import { InvocationContext } from '@azure/functions';
import { reconcileConnectors } from '../../functions/connectors/reconcile-connectors.timer';
import { Secret } from '../../functions/secrets/secret';
import { aConnectedConnector, ada, mallory } from '../support/builders';
import { testContext } from '../support/context';

const hour = 3_600;
const about = { contentType: 'text/plain' };
const secret = new Secret('refresh-token');

function world(...connectors: Parameters<typeof aConnectedConnector>[0][]) {
  const world = testContext({ connectors: connectors.map((each) => aConnectedConnector(each)) });
  const context = new InvocationContext({ invocationId: 'test', logHandler: () => {} });
  return { ...world, reconcile: () => reconcileConnectors(world.services, context) };
}

describe('orphans in the vault', () => {
  it('given versions that nobody points to, when they are old, then they are disabled and the one in use is not', async () => {
    const { vault, wait, reconcile } = world({});
    for (let version = 1; version <= 3; version++) await vault.put('cn-c1-grant', secret, about);
    await vault.put('cn-c1-secret', secret, about);
    wait(hour + 1);

    await reconcile();

    expect(vault.usable()).toEqual(['cn-c1-grant/v1']);
  });

  it('given a version of this hour, when it is looked at, then it may still be pointed to and stays', async () => {
    const { vault, wait, reconcile } = world({});
    await vault.put('cn-c1-grant', secret, about);
    await vault.put('cn-c1-grant', secret, about);
    await vault.put('cn-gone-grant', secret, about);
    wait(hour);

    await reconcile();

    expect(vault.usable()).toHaveLength(3);
  });

  it('given secrets of a connector that is gone, when they are old, then they are deleted', async () => {
    const { vault, wait, reconcile } = world(
      {},
      { id: 'c2', name: 'Other', tenantId: mallory.tenantId },
    );
    await vault.put('cn-c1-grant', secret, about);
    await vault.put('cn-gone-grant', secret, about);
    await vault.put('cn-gone-secret', secret, about);
    wait(hour + 1);

    await reconcile();

    expect(vault.usable()).toEqual(['cn-c1-grant/v1']);
  });

  it('given secrets that are no credentials of connectors, when they are looked at, then they are left alone', async () => {
    const { vault, wait, reconcile } = world({});
    for (const name of ['app-oauth-client', 'wh-1-key', 'cn-c1-else'])
      await vault.put(name, secret, about);
    wait(30 * hour);

    await reconcile();

    expect(vault.usable()).toHaveLength(3);
  });

  it('given connectors that cannot be listed, when secrets are looked at, then none is touched', async () => {
    const { vault, wait, reconcile, store } = world({});
    await vault.put('cn-c9-grant', secret, about);
    wait(30 * hour);
    store.list = () => Promise.reject(new Error('storage is away'));

    await expect(reconcile()).rejects.toThrow('storage is away');

    expect(vault.usable()).toHaveLength(1);
  });
});

describe('deletions that nobody goes on with', () => {
  const deleting = { connection: { state: 'deleting' } } as const;

  it.each([
    ['failed', 'Failed', 1],
    ['was never started', undefined, 1],
    ['was terminated', 'Terminated', 1],
    ['is at work', 'Running', 0],
  ] as const)(
    'given one whose purge %s, when it is looked at, then it is started again or not',
    async (_, status, times) => {
      const { durableClient, wait, reconcile } = world(deleting);
      if (status) durableClient.statuses.set('delete-c1', status);
      wait(hour);

      await reconcile();

      expect(durableClient.started).toEqual(
        Array.from({ length: times }, () => ({
          name: 'purgeConnector',
          instanceId: 'delete-c1',
          input: { tenantId: ada.tenantId, connectorId: 'c1' },
        })),
      );
    },
  );

  it('given one that began just now, when it is looked at, then its beginner is left to start it', async () => {
    const { durableClient, reconcile } = world(deleting);

    await reconcile();

    expect(durableClient.started).toEqual([]);
  });
});
