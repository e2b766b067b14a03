/** Public factories with independently counted resources. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFactories } from '../../infra/local/resource-manager/factories/factories';

const folder = join(__dirname, '../../../shared/fixtures/adf');
const counted = (existsSync(folder) ? readdirSync(folder) : []).filter((name) =>
  existsSync(join(folder, name, 'counts.json')),
);

const kinds = [
  'pipeline',
  'dataset',
  'linkedService',
  'dataflow',
  'trigger',
  'integrationRuntime',
  'credential',
  'managedVirtualNetwork',
  'managedPrivateEndpoint',
  'activities',
  'nestedActivities',
] as const;

if (counted.length === 0)
  it('has nothing to count without public fixtures', () => {
    expect(counted).toEqual([]);
  });
else
  describe.each(counted)('the public fixture %s', (name) => {
    it('is read with the expected counts', async () => {
      const factories = createFactories();

      const added = await factories.addFolder(join(folder, name, 'factory-json'));

      const sums = kinds.map((kind) => [
        kind,
        added.reduce((sum, { counts }) => sum + counts[kind], 0),
      ]);
      expect(Object.fromEntries(sums)).toEqual(expected(name));
    });

    it('yields valid and unique factory names', async () => {
      const factories = createFactories();

      const added = await factories.addFolder(join(folder, name, 'factory-json'));

      const names = added.map((factory) => factory.name.toLowerCase());
      expect(new Set(names).size).toBe(names.length);
      for (const each of names) expect(each).toMatch(/^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/);
    });
  });

function expected(name: string): Record<string, number> {
  const counts = JSON.parse(readFileSync(join(folder, name, 'counts.json'), 'utf8')) as {
    kinds: Record<string, number>;
    activities: number;
    nestedActivities: number;
  };
  const { activities, nestedActivities } = counts;
  const all: Record<string, number> = { ...counts.kinds, activities, nestedActivities };
  return Object.fromEntries(kinds.map((kind) => [kind, all[kind] ?? 0]));
}
