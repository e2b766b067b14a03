/** Only a changed resource gets a new etag. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFactories } from '../../../infra/local/resource-manager/factories/factories';
import { projectRoot } from '../../../infra/local/emulator/project-root';
import { sampleSubscriptions } from '../../../infra/local/resource-manager/subscriptions';
import { startManager, fixtureFactories, type ManagerClient } from '../../support/resource-manager';

let azure: ManagerClient;
let folder: string;
beforeEach(async () => {
  azure = await startManager();
  folder = await mkdtemp(join(tmpdir(), 'adf-connect-factory-'));
  await cp(join(fixtureFactories, 'git-layout'), folder, { recursive: true });
});
afterEach(async () => {
  await azure.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a factory of the Resource Manager emulator', () => {
  it('changes only the etags of edited resources when replaced', async () => {
    const before = await etags();
    const file = (name: string) => join(folder, 'pipeline', `${name}.json`);
    await writeFile(file('Tell'), JSON.stringify({ name: 'Tell', properties: { activities: [] } }));
    await writeFile(file('New'), JSON.stringify({ name: 'New', properties: { activities: [] } }));
    await rm(join(folder, 'DataSet'), { recursive: true });

    const entry = await azure.manager.swapFactory('Orders-Factory', folder);
    const after = await etags();

    expect(entry).toMatchObject({ name: 'orders-factory', folder });
    expect(changes(before, after)).toEqual({
      added: ['pipelines/New'],
      removed: ['datasets/Orders'],
      changed: ['pipelines/Tell'],
    });
  });

  it('keeps all etags for the same folder', async () => {
    const before = await etags();

    await azure.manager.swapFactory('orders-factory', folder);

    expect(await etags()).toEqual(before);
  });

  it('renews etags without changing content', async () => {
    const before = await etags();
    const content = (await azure.get('orders-factory/pipelines')).body.value.map(withoutEtag);

    azure.manager.renewEtags('orders-factory');

    const after = await etags();
    expect(changes(before, after).changed).toEqual([...before.keys()]);
    expect((await azure.get('orders-factory/pipelines')).body.value.map(withoutEtag)).toEqual(
      content,
    );
  });

  it('is missing after removal until added again', async () => {
    azure.manager.removeFactory('orders-factory');
    const gone = await azure.get('orders-factory');
    await azure.manager.addFactories(folder);
    const back = await azure.get('orders-factory');

    expect([gone.status, back.status]).toEqual([404, 200]);
  });

  it('neither skips nor repeats items of a changing list', async () => {
    azure.manager.generateFactory({ name: 'large', pipelines: 60 });
    const first = await azure.get('large/pipelines');

    azure.manager.removeFactory('large');
    azure.manager.generateFactory({ name: 'large', pipelines: 55 });
    const second = await azure.request('GET', first.body.nextLink);

    expect(second.body.value.map(({ name }: any) => name)).toEqual(
      ['51', '52', '53', '54', '55'].map((number) => `pipeline_000${number}`),
    );
  });

  it.each([
    ['a folder with several factories', 'templates', /holds 2 factories/],
    ['a folder without any', 'git-layout/notebook', /holds no resources of Data Factory/],
  ])('keeps the old content if replaced by %s', async (_, name, message) => {
    const swapping = azure.manager.swapFactory('orders-factory', join(fixtureFactories, name));

    await expect(swapping).rejects.toThrow(message);
    expect((await azure.get('orders-factory')).status).toBe(200);
  });

  it('serves the sample in two subscriptions', async () => {
    const seed = join(projectRoot(), 'infra/local/seed/factories');
    const other = await startManager({ factories: [], sampleFactories: seed });

    const served = other.manager.factories();
    await other.stop();

    const { production, finance } = sampleSubscriptions;
    expect(served.map(({ name, subscriptionId }) => [name, subscriptionId])).toEqual([
      ['contoso-finance', finance.subscriptionId],
      ['contoso-sales', production.subscriptionId],
    ]);
  });

  it('uses the location in the id of the factory file', () => {
    const declared = {
      id: '/subscriptions/s-1/resourceGroups/rg-1/providers/Microsoft.DataFactory/factories/f',
    };

    const factory = createFactories().add({ names: ['far'], folder: '', declared, resources: [] });

    expect(factory).toMatchObject({ subscriptionId: 's-1', resourceGroup: 'rg-1', name: 'far' });
  });

  async function etags(): Promise<Map<string, string>> {
    const segments = ['pipelines', 'datasets', 'linkedservices', 'dataflows', 'triggers'];
    const lists = segments.map(async (segment) => {
      const { body } = await azure.get(`orders-factory/${segment}`);
      return body.value.map(({ name, etag }: any) => [`${segment}/${name}`, etag]);
    });
    return new Map((await Promise.all(lists)).flat());
  }

  function changes(before: Map<string, string>, after: Map<string, string>) {
    return {
      added: [...after.keys()].filter((key) => !before.has(key)),
      removed: [...before.keys()].filter((key) => !after.has(key)),
      changed: [...after.keys()].filter(
        (key) => before.has(key) && before.get(key) !== after.get(key),
      ),
    };
  }

  const withoutEtag = (resource: any) => ({ ...resource, etag: undefined });
});
