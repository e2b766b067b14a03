import { ada } from '../support/builders';
import { syncWorld } from '../support/sync-world';

const sales = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const stock = { ...sales, name: 'stock' };
const connector = { tenantId: ada.tenantId, connectorId: 'c1' };

async function aKnownFactory() {
  const { services, factories, maps } = syncWorld();
  await maps.save(connector, sales, 'pipeline', { entries: new Map([['p', { hash: 'h' }]]) });
  const look = async (runId: string, ...visible: (typeof sales)[]) => {
    factories.factories = visible;
    const { found } = await services.discovery.factoriesAfter({ ...connector, runId });
    return 'factories' in found ? found.factories : [];
  };
  return { look, services, maps };
}

describe('looking for factories', () => {
  it('given a known factory, when two runs look for it in vain, then only the second calls it missed', async () => {
    const { look } = await aKnownFactory();

    expect(await look('r1')).toEqual([sales]);
    expect(await look('r1')).toEqual([sales]);
    expect(await look('r2')).toEqual([{ ...sales, missed: true }]);
  });

  it('given a factory that was missed once, when it is seen again, then that is forgotten', async () => {
    const { look } = await aKnownFactory();
    await look('r1');

    expect(await look('r2', sales, stock)).toEqual([sales, stock]);
    expect(await look('r3', stock)).toEqual([sales, stock]);
  });

  it('given a factory of which nothing is known any more, when it is not seen, then nobody looks for it', async () => {
    const { look, maps } = await aKnownFactory();
    await maps.save(connector, sales, 'pipeline', { entries: new Map() });

    expect(await look('r1')).toEqual([]);
  });
});
