/** Timers that remove secrets from the vault, while storage lacks the rows that refer to them. */
import { InvocationContext } from '@azure/functions';
import { reconcileConnectors } from '../../functions/connectors/reconcile-connectors.timer';
import { reconcileOpenLineage } from '../../functions/openlineage/push/reconcile-openlineage.timer';
import { ServiceUnavailableError, UpstreamError } from '../../functions/errors/app-error';
import { isMassSecretRemoval } from '../../functions/secrets/orphaned-secret-removal';
import { Secret } from '../../functions/secrets/secret';
import { reconcileWebhooks } from '../../functions/webhooks/reconcile-webhooks.timer';
import { aConnectedConnector, owner } from '../support/builders';
import { syncContext } from '../support/sync-context';

const hour = 3_600;
afterEach(() => jest.restoreAllMocks());
const updatedAt = '2026-01-15T12:00:00.000Z';

function vaultContext({ connectorCount = 0, confirmedFor = 0 }) {
  const connectors = Array.from({ length: connectorCount }, (_, index) =>
    aConnectedConnector({
      id: `c${index}`,
      name: `Connector ${index}`,
      secrets: { grant: { name: `cn-c${index}-grant`, version: `v${index + 1}`, updatedAt } },
    }),
  );
  const base = syncContext(connectors, { secretRemovalConfirmedFor: confirmedFor });
  const context = new InvocationContext({ invocationId: 'test', logHandler: () => {} });
  const put = (name: string) =>
    base.secretStore.put(name, new Secret('value'), { contentType: 'text/plain' });
  const held = jest.spyOn(console, 'error').mockReturnValue();
  return {
    ...base,
    put,
    putEach: async (count: number, nameOf: (index: number) => string) => {
      for (let index = 0; index < count; index++) await put(nameOf(index));
    },
    reconcile: async () => {
      await reconcileConnectors(base.services, context);
      await reconcileWebhooks(base.services, context);
      await reconcileOpenLineage(base.services, context);
    },
    heldPrefixes: () =>
      held.mock.calls.map(([line]) => JSON.parse(line)).map(({ event, prefix }) => [event, prefix]),
  };
}

describe('orphaned secrets', () => {
  it.each([
    ['are held', 0, 15],
    ['are removed while an operator confirms it', 3 * hour, 0],
  ])('of a storage without rows %s', async (_, confirmedFor, kept) => {
    const { putEach, wait, reconcile, secretStore, heldPrefixes } = vaultContext({ confirmedFor });
    await putEach(5, (index) => `cn-c${index}-grant`);
    await putEach(5, (index) => `wh-w${index}-url`);
    await putEach(5, (index) => `ol-${owner.tenantId}-c${index}`);
    wait(2 * hour);

    await reconcile();

    expect(secretStore.usable()).toHaveLength(kept);
    const prefixes = kept === 0 ? [] : ['cn-', 'wh-', 'ol-'];
    expect(heldPrefixes()).toEqual(prefixes.map((prefix) => ['orphaned_secrets.held', prefix]));
  });

  it('are held one by one, however old they are', async () => {
    const { putEach, wait, reconcile, secretStore } = vaultContext({});
    for (let index = 0; index < 6; index++) {
      await putEach(1, () => `cn-c${index}-grant`);
      await putEach(1, () => `ol-${owner.tenantId}-c${index}`);
      wait(600);
    }
    wait(1_800);

    await reconcile();
    wait(600);
    await reconcile();

    expect(secretStore.usable()).toHaveLength(12);
  });

  it('are held although other secrets are in use', async () => {
    const { putEach, wait, reconcile, secretStore } = vaultContext({ connectorCount: 44 });
    await putEach(44, (index) => `cn-c${index}-grant`);
    await putEach(5, (index) => `cn-gone${index}-grant`);
    wait(2 * hour);

    await reconcile();

    expect(secretStore.usable()).toHaveLength(49);
  });

  it('are held if rows refer to versions of an earlier time', async () => {
    const { putEach, wait, reconcile, secretStore } = vaultContext({ connectorCount: 5 });
    await putEach(5, (index) => `cn-c${index}-grant`);
    for (let index = 0; index < 5; index++)
      await secretStore.disable(`cn-c${index}-grant`, `v${index + 1}`);
    await putEach(5, (index) => `cn-c${index}-grant`);
    wait(2 * hour);

    await reconcile();

    expect(secretStore.usable()).toHaveLength(5);
  });

  it('are removed if they are few, with versions that were replaced', async () => {
    const { putEach, wait, reconcile, secretStore, heldPrefixes } = vaultContext({
      connectorCount: 46,
    });
    await putEach(46, (index) => `cn-c${index}-grant`);
    await putEach(46, (index) => `cn-c${index}-grant`);
    await putEach(5, (index) => `cn-gone${index}-grant`);
    wait(2 * hour);

    await reconcile();

    expect(secretStore.usable()).toHaveLength(46);
    expect(heldPrefixes()).toEqual([]);
  });

  it('of another deployment that shares the vault are kept', async () => {
    const { put, putEach, wait, reconcile, secretStore } = vaultContext({ connectorCount: 1 });
    await put('cn-c0-grant');
    const foreign = [await put('cn-c0-grant')];
    await putEach(4, (index) => `cn-other${index}-grant`);
    await putEach(4, (index) => `ol-${owner.tenantId}-other${index}`);
    const list = secretStore.listVersions.bind(secretStore);
    secretStore.listVersions = async (name) =>
      (await list(name)).map((each) => ({
        ...each,
        isOwn: !name.includes('other') && !foreign.includes(each.version),
      }));
    wait(2 * hour);

    await reconcile();

    expect(secretStore.usable()).toHaveLength(10);
  });

  it('are held although other deployments have many secrets', async () => {
    const { putEach, wait, reconcile, secretStore } = vaultContext({});
    await putEach(5, (index) => `cn-gone${index}-grant`);
    await putEach(90, (index) => `cn-other${index}-grant`);
    const list = secretStore.listVersions.bind(secretStore);
    secretStore.listVersions = async (name) =>
      (await list(name)).map((each) => ({ ...each, isOwn: !name.includes('other') }));
    wait(2 * hour);

    await reconcile();

    expect(secretStore.usable()).toHaveLength(95);
  });

  it('that a row refers to by now are kept', async () => {
    const { put, wait, reconcile, secretStore, store } = vaultContext({ connectorCount: 1 });
    const late = [await put('cn-c0-grant'), await put('cn-c0-grant')][1]!;
    wait(2 * hour);
    const get = store.get.bind(store);
    let reads = 0;
    jest.spyOn(store, 'get').mockImplementation(async (key) => {
      const found = await get(key);
      if (!found || ++reads === 1) return found;
      return { ...found, secrets: { grant: { ...found.secrets.grant!, version: late } } };
    });

    await reconcile();

    expect(secretStore.usable()).toContain(`cn-c0-grant/${late}`);
  });
});

describe('isMassSecretRemoval', () => {
  it.each([
    [4, 4, false],
    [5, 5, true],
    [5, 50, false],
    [5, 49, true],
    [100, 1_000, false],
    [101, 1_000, true],
  ])('judges %i of %i as %s', (unused, usable, expected) => {
    expect(isMassSecretRemoval(unused, usable)).toBe(expected);
  });
});

describe('a row that cannot be read', () => {
  const unreadable = new UpstreamError('connector_unreadable', 'Not readable.', false);
  const outage = new ServiceUnavailableError('storage_unavailable', 'Not available.', true);

  async function withRowThatFails(failure: Error) {
    const context = vaultContext({});
    const { putEach, put, targetStore, wait } = context;
    await putEach(4, (index) => `ol-${owner.tenantId}-c${index}`);
    await put(`ol-${owner.tenantId}-c9`);
    jest.spyOn(targetStore, 'get').mockImplementation(async ({ connectorId }) => {
      if (connectorId === 'c1') throw failure;
      return undefined;
    });
    wait(2 * hour);
    return context;
  }

  it('keeps its own secret alone, and fails the timer', async () => {
    const { reconcile, secretStore } = await withRowThatFails(unreadable);

    await expect(reconcile()).rejects.toBe(unreadable);

    expect(secretStore.usable()).toEqual([`ol-${owner.tenantId}-c1/v2`]);
  });

  it('keeps all secrets during an outage', async () => {
    const { reconcile, secretStore } = await withRowThatFails(outage);

    await expect(reconcile()).rejects.toBe(outage);

    expect(secretStore.usable()).toHaveLength(5);
  });
});
