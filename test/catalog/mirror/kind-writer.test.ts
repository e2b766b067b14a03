/** Steps that claim the same kind of a factory, over the fakes of the stores. */
import { KindWriter } from '../../../functions/catalog/mirror/kind-writer';
import type { CatalogStore } from '../../../functions/catalog/ports';
import { extractResources } from '../../../functions/data-factory/resource-extraction';
import { SupersededError } from '../../../functions/errors/app-error';
import { fakeCatalogStore } from '../../fakes/catalog-store';
import { fakeEtagMapStore } from '../../fakes/etag-map-store';

const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const target = {
  tenantId: 't',
  connectorId: 'c1',
  syncRunId: 'run-1',
  factory,
  kind: 'dataset',
} as const;
const now = new Date('2026-01-15T12:00:00Z');

function kindContext() {
  const catalog = fakeCatalogStore();
  const maps = fakeEtagMapStore();
  const load = async (rows: CatalogStore = catalog) => {
    const { version } = await maps.load(target, factory, 'dataset');
    const writer = new KindWriter(target, version, maps, rows);
    const write = (name: string) => {
      const [resource] = extractResources('dataset', [{ name, properties: { type: 'Json' } }]);
      const put = [{ rowKey: `dataset|${name}`, resource: resource! }];
      return writer.writeRows([{ put, remove: [] }], now);
    };
    return { claim: () => writer.claim(), write };
  };
  /** A step whose host ends between its claim and the dismissal of earlier writers. */
  const dying = () =>
    load({ ...catalog, dismissWriters: () => Promise.reject(new Error('the host died')) });
  return { catalog, load, dying };
}

describe('KindWriter', () => {
  it('refuses the rows of a writer after another claim', async () => {
    const { catalog, load } = kindContext();
    const first = await load();
    await first.write('a');

    const second = await load();
    await second.claim();

    await expect(first.write('b')).rejects.toThrow(SupersededError);
    await second.write('c');
    expect(catalog.live()).toEqual(['dataset|a', 'dataset|c']);
  });

  it('refuses every writer before a claim whose step died', async () => {
    const { catalog, load, dying } = kindContext();
    const first = await load();
    await first.claim();
    for (let deaths = 0; deaths < 3; deaths++) {
      const step = await dying();
      await expect(step.claim()).rejects.toThrow('the host died');
    }

    const last = await load();
    await last.claim();

    await expect(first.write('a')).rejects.toThrow(SupersededError);
    await last.write('b');
    expect(catalog.live()).toEqual(['dataset|b']);
  });

  it('lets one of two steps write that loaded the same map', async () => {
    const { catalog, load } = kindContext();
    const [one, other] = [await load(), await load()];

    const written = await Promise.allSettled([one.write('a'), other.write('b')]);

    const refused = written.filter(({ status }) => status === 'rejected');
    expect(refused).toMatchObject([{ reason: { name: 'SupersededError' } }]);
    expect(catalog.live()).toHaveLength(1);
  });
});
