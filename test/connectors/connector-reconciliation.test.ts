/** Connector reconciliation: orphaned secrets and stuck deletions. */
import { InvocationContext } from '@azure/functions';
import { reconcileConnectors } from '../../functions/connectors/reconcile-connectors.timer';
import { Secret } from '../../functions/secrets/secret';
import { aConnectedConnector, owner, ownerOfOtherTenant } from '../support/builders';
import { testContext } from '../support/context';

const hour = 3_600;
const properties = { contentType: 'text/plain' };
const secret = new Secret('refresh-token');

function reconciliationContext(...connectors: Parameters<typeof aConnectedConnector>[0][]) {
  const base = testContext({ connectors: connectors.map((each) => aConnectedConnector(each)) });
  const context = new InvocationContext({ invocationId: 'test', logHandler: () => {} });
  return { ...base, reconcile: () => reconcileConnectors(base.services, context) };
}

describe('orphaned secrets', () => {
  it('disables old versions that are not in use', async () => {
    const { secretStore, wait, reconcile } = reconciliationContext({});
    for (let version = 1; version <= 3; version++)
      await secretStore.put('cn-c1-grant', secret, properties);
    await secretStore.put('cn-c1-secret', secret, properties);
    wait(hour + 1);

    await reconcile();

    expect(secretStore.usable()).toEqual(['cn-c1-grant/v1']);
  });

  it('keeps versions that are younger than an hour', async () => {
    const { secretStore, wait, reconcile } = reconciliationContext({});
    await secretStore.put('cn-c1-grant', secret, properties);
    await secretStore.put('cn-c1-grant', secret, properties);
    await secretStore.put('cn-gone-grant', secret, properties);
    wait(hour);

    await reconcile();

    expect(secretStore.usable()).toHaveLength(3);
  });

  it('deletes old secrets of a connector that does not exist', async () => {
    const { secretStore, wait, reconcile } = reconciliationContext(
      {},
      { id: 'c2', name: 'Other', tenantId: ownerOfOtherTenant.tenantId },
    );
    await secretStore.put('cn-c1-grant', secret, properties);
    await secretStore.put('cn-gone-grant', secret, properties);
    await secretStore.put('cn-gone-secret', secret, properties);
    wait(hour + 1);

    await reconcile();

    expect(secretStore.usable()).toEqual(['cn-c1-grant/v1']);
  });

  it('ignores secrets that are no credentials of connectors', async () => {
    const { secretStore, wait, reconcile } = reconciliationContext({});
    for (const name of ['app-oauth-client', 'wh-1-key', 'cn-c1-else'])
      await secretStore.put(name, secret, properties);
    wait(30 * hour);

    await reconcile();

    expect(secretStore.usable()).toHaveLength(3);
  });

  it('deletes device codes that expired an hour ago', async () => {
    const { secretStore, wait, reconcile, services } = reconciliationContext({});
    const expiresAt = (minutes: number) => new Date(services.now().getTime() + minutes * 60_000);
    await secretStore.put('dc-old', secret, { ...properties, expiresAt: expiresAt(15) });
    await secretStore.put('dc-young', secret, { ...properties, expiresAt: expiresAt(70) });
    await secretStore.put('dc-lasting', secret, properties);
    wait(2 * hour);

    await reconcile();

    expect(secretStore.usable()).toEqual(['dc-young/v2', 'dc-lasting/v3']);
  });

  it('disables unused versions of a later epoch', async () => {
    const { secretStore, wait, reconcile } = reconciliationContext({});
    await secretStore.put('cn-c1-grant', secret, properties);
    await secretStore.put('cn-c1-grant-7', secret, properties);
    wait(hour + 1);

    await reconcile();

    expect(secretStore.usable()).toEqual(['cn-c1-grant/v1']);
  });

  it('changes no secret if connectors cannot be listed', async () => {
    const { secretStore, wait, reconcile, store } = reconciliationContext({});
    await secretStore.put('cn-c9-grant', secret, properties);
    wait(30 * hour);
    store.list = () => Promise.reject(new Error('storage is down'));

    await expect(reconcile()).rejects.toThrow('storage is down');

    expect(secretStore.usable()).toHaveLength(1);
  });
});

describe('stuck deletions', () => {
  const deleting = { connection: { state: 'deleting' } } as const;

  it.each([
    ['failed', 'Failed', 1],
    ['was never started', undefined, 1],
    ['was terminated', 'Terminated', 1],
    ['is running', 'Running', 0],
  ] as const)(
    'with a purge that %s (status %s) are restarted %i times',
    async (_, status, times) => {
      const { durableClient, wait, reconcile } = reconciliationContext(deleting);
      if (status) durableClient.statuses.set('delete-c1', status);
      wait(hour);

      await reconcile();

      expect(durableClient.started).toEqual(
        Array.from({ length: times }, () => ({
          name: 'purgeConnector',
          instanceId: 'delete-c1',
          input: { tenantId: owner.tenantId, connectorId: 'c1' },
        })),
      );
    },
  );

  it('are ignored while they are younger than ten minutes', async () => {
    const { durableClient, reconcile } = reconciliationContext(deleting);

    await reconcile();

    expect(durableClient.started).toEqual([]);
  });
});
