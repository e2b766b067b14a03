/** The sample sync of `npm start` on an empty folder. */
import { startRunningStack, type RunningStack } from './support/stack';
import { listAllResources } from './support/journey';

let stack: RunningStack;
beforeAll(async () => {
  stack = await startRunningStack({ sampleSync: true });
}, 90_000);
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
});

describe('npm start', () => {
  it('creates and syncs a sample connector on an empty data folder', async () => {
    const { body } = await stack.call('GET', '/api/connectors');

    expect(body.items).toMatchObject([
      {
        name: 'Contoso (sample)',
        connectedWith: 'client_credentials',
        credentialOwner: { displayName: 'Ada Lovelace' },
        status: 'connected',
        connectionExpiresAt: null,
      },
    ]);
  });

  it('catalogs every kind of resource', async () => {
    const { body } = await stack.call('GET', '/api/connectors');

    const resources = await listAllResources(stack, body.items[0].id);

    expect([...new Set(resources.map(({ kind }) => kind))].sort()).toEqual([
      'activity',
      'changeDataCapture',
      'credential',
      'dataFlow',
      'dataset',
      'factory',
      'globalParameter',
      'integrationRuntime',
      'linkedService',
      'managedPrivateEndpoint',
      'managedVirtualNetwork',
      'pipeline',
      'trigger',
    ]);
  });

  it('keeps the connector connected after a restart', async () => {
    expect(await stack.stop()).toBe(0);

    stack = await startRunningStack({ dataFolder: stack.dataFolder, sampleSync: true });
    const { body } = await stack.call('GET', '/api/connectors');

    expect(body.items).toMatchObject([{ name: 'Contoso (sample)', status: 'connected' }]);
    expect(stack.output()).toContain('already there');
  }, 90_000);
});
