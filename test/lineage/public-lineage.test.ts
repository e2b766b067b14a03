/** Lineage of complete factories: the samples, and the public ones if they are present. */
import { join } from 'node:path';
import { extractActivities } from '../../functions/data-factory/activities';
import { parseScript } from '../../functions/data-factory/data-flow-script/parser';
import { scriptOf } from '../../functions/data-factory/data-flow-script/script-text';
import { hasExpression } from '../../functions/data-factory/expressions/evaluate';
import { getField, getText, isList, isObject, type Json } from '../../functions/data-factory/json';
import type { ListedKind } from '../../functions/data-factory/resource';
import { rowKeyOf } from '../../functions/data-factory/resource-id';
import { extractResources } from '../../functions/data-factory/resource-extraction';
import { extractReferences } from '../../functions/data-factory/references';
import { updateLineage } from '../../functions/lineage/factory/factory-lineage';
import { LoadedDocuments } from '../../functions/lineage/loaded-documents';
import type { LineageUnit } from '../../functions/lineage/lineage-unit';
import { newSqlParser } from '../../functions/lineage/sql/sql-parser';
import { datasetEvents, jobEvents } from '../../functions/openlineage/events/static-events';
import { readFactories } from '../../infra/local/resource-manager/factories/factory-folder';
import type { SourceFactory } from '../../infra/local/resource-manager/factories/source-factory';
import { publicFixtures } from '../e2e/support/fixtures';
import { violationsOf } from '../support/openlineage/validation';

const seed = join(__dirname, '../../infra/local/seed/factories');
const fixtures = publicFixtures();
const folders = [seed, ...fixtures.map(({ folder }) => folder)];

interface Factory {
  readonly bodies: ReadonlyMap<string, Json>;
  readonly units: readonly LineageUnit[];
}

let factories: Factory[];
beforeAll(async () => {
  const sources = (await Promise.all(folders.map((folder) => readFactories(folder)))).flat();
  factories = sources.map((source) => {
    const bodies = new Map(bodiesOf(source));
    const factory = { subscriptionId: 's', resourceGroup: 'g', name: source.names[0] ?? 'f' };
    const documents = new LoadedDocuments(factory, (rowKey) => bodies.has(rowKey));
    for (const [rowKey, body] of bodies) documents.add(rowKey, body);
    const versions = new Map([...bodies.keys()].map((rowKey) => [rowKey, '1']));
    const { computed } = updateLineage(new Map(), versions, new Set(), documents, newSqlParser());
    return { bodies, units: [...computed.values()] };
  });
});

/** Bodies as a sync stores them: redacted. */
function* bodiesOf({ resources, declared }: SourceFactory): Generator<[string, Json]> {
  const globals = extractResources('globalParameter', [declared as Json]);
  const all = resources.flatMap(({ kind, name, properties, network }) =>
    extractResources(
      kind === 'dataflow' ? 'dataFlow' : (kind as ListedKind),
      [{ name, properties: properties as Json }],
      network,
    ),
  );
  for (const { kind, name, parent, body } of [...all, ...globals])
    yield [rowKeyOf(kind, name, parent), body];
}

/** A reference of an activity to a dataset, with what lineage has found for it. */
interface Found {
  readonly place: string;
  /** Whether the name depends on nothing but the JSON of the factory. */
  readonly isStatic: boolean;
  readonly isMissing: boolean;
  readonly kinds: readonly string[];
}

const foundReferences = (): Found[] =>
  factories.flatMap(({ bodies, units }) =>
    units
      .filter(({ rowKey }) => rowKey.startsWith('pipeline|'))
      .flatMap((unit) => referencesOf(unit, bodies)),
  );

function referencesOf(unit: LineageUnit, bodies: ReadonlyMap<string, Json>): Found[] {
  const kinds = new Map(unit.assets.map(({ id, kind }) => [id, kind]));
  const activities = extractActivities(bodies.get(unit.rowKey) ?? null);
  const all = activities.map(({ body }) => body);
  return activities.flatMap(({ path, body }) => {
    const nested = all.filter((each) => each !== body);
    const ends = unit.activities.find((each) => each.path === path)?.ends ?? [];
    return extractReferences(body, nested)
      .references.filter(({ kind }) => kind === 'dataset')
      .map(({ name, pointer, parameters }): Found => {
        const place = pointer.replace(/\/referenceName$/, '');
        const side = place.startsWith('/outputs') ? 'sink' : 'source';
        const own = ends.filter(
          (end) =>
            end.mark === undefined &&
            (end.pointer === place || end.pointer.startsWith(`/typeProperties/${side}`)),
        );
        const dataset = bodies.get(rowKeyOf('dataset', name));
        const service = getText(
          getField(getField(dataset, 'properties'), 'linkedServiceName'),
          'referenceName',
        );
        const linked = bodies.get(rowKeyOf('linkedService', service ?? ''));
        const settings = getField(body, 'typeProperties');
        const read = [
          name,
          parameters ?? null,
          dataset ?? null,
          linked ?? null,
          getField(settings, side) ?? null,
        ];
        return {
          place: `${unit.name}/${path}${place}`,
          isStatic:
            !read.some(hasExpression) &&
            hasPlace(dataset) &&
            linked !== undefined &&
            !hasQuery(settings),
          isMissing: dataset === undefined,
          kinds: own.map(({ asset }) => kinds.get(asset)!),
        };
      });
  });
}

const hasPlace = (dataset: Json | undefined): boolean => {
  const settings = getField(getField(dataset, 'properties'), 'typeProperties');
  return ['table', 'tableName', 'location', 'folderPath', 'fileName', 'relativeUrl'].some(
    (name) => getField(settings, name) !== undefined,
  );
};
const hasQuery = (settings: Json | undefined): boolean =>
  JSON.stringify(settings ?? null).includes('uery"');

describe('lineage of complete factories', () => {
  it('has an asset or a template for every dataset that exists', () => {
    const lost = foundReferences().filter(
      ({ kinds, isMissing, place }) =>
        kinds.length === 0 && !isMissing && !place.includes('/typeProperties/sinks'),
    );

    expect(lost.map(({ place }) => place)).toEqual([]);
  });

  it('resolves every dataset whose place holds no expression', () => {
    const unresolved = foundReferences().filter(
      ({ isStatic, isMissing, kinds }) => isStatic && !isMissing && !kinds.includes('asset'),
    );

    expect(unresolved.map(({ place }) => place)).toEqual([]);
  });

  it('has no phantom among names', () => {
    const phantoms = factories
      .flatMap(({ units }) => units.flatMap(({ assets }) => assets))
      .map(({ namespace, name }) => `${namespace} ${name}`)
      .filter((name) =>
        /@\{|@dataset\(|@pipeline\(|@item\(|\{'value'|\[object Object\]|\[redacted\]/.test(name),
      );

    expect(phantoms).toEqual([]);
  });

  it('keeps the evidence of every template', () => {
    const lacking = factories.flatMap(({ units }) =>
      units.flatMap(({ assets, activities }) => {
        const templates = new Set(
          assets.filter(({ kind }) => kind === 'template').map(({ id }) => id),
        );
        return activities.flatMap(({ path, ends }) =>
          ends
            .filter((end) => templates.has(end.asset))
            .filter(({ pointer, reason }) => pointer === '' && reason === undefined)
            .map(() => path),
        );
      }),
    );

    expect(lacking).toEqual([]);
  });

  it('finds all explicit column pairs of Copy activities', () => {
    const declared = factories.flatMap(({ bodies }) =>
      [...bodies]
        .filter(([rowKey]) => rowKey.startsWith('pipeline|'))
        .flatMap(([, body]) => pairsIn(body)),
    );
    const found = factories.flatMap(({ units }) =>
      units.flatMap(({ activities }) =>
        activities.flatMap(({ type, pairs }) =>
          type === 'Copy'
            ? pairs
                .filter(({ columnState }) => columnState === 'explicit')
                .flatMap(({ columns = [] }) =>
                  columns.map(({ source, target }) => `${source}>${target}`),
                )
            : [],
        ),
      ),
    );

    expect(declared.filter((pair) => !found.some((each) => each.endsWith(pair)))).toEqual([]);
  });

  it('parses the script of every mapping data flow', () => {
    const flows = factories.flatMap(({ bodies }) =>
      [...bodies].filter(
        ([rowKey, body]) =>
          rowKey.startsWith('dataFlow|') &&
          getText(getField(body, 'properties'), 'type') !== 'WranglingDataFlow',
      ),
    );
    const statements = flows.map(
      ([, body]) =>
        parseScript(scriptOf(getField(getField(body, 'properties'), 'typeProperties'))).statements
          .length,
    );

    expect(statements.filter((count) => count === 0)).toEqual([]);
  });

  it('has the counts of the factories that are present', () => {
    const found = foundReferences();
    const activities = factories.flatMap(({ units }) => units.flatMap((unit) => unit.activities));
    const flows = activities.filter(({ type }) => type === 'ExecuteDataFlow');
    const resolved = found.filter((each) => each.kinds.includes('asset'));
    const least = fixtures.length > 0 ? [634, 228, 40, 430] : [1, 1, 0, 1];

    const counts = [
      found.length,
      resolved.length,
      flows.length,
      activities.flatMap(({ pairs }) => pairs).length,
    ];

    expect(counts.filter((count, n) => count < least[n]!)).toEqual([]);
  });
});

/** `source>target` of the mappings of every Copy, read from the raw JSON. */
function pairsIn(json: Json): string[] {
  if (isList(json)) return json.flatMap(pairsIn);
  if (!isObject(json)) return [];
  const mappings = getField(getField(json, 'translator'), 'mappings');
  const own = (isList(mappings) ? mappings : []).flatMap((mapping) => {
    const [from, to] = [getField(mapping, 'source'), getField(mapping, 'sink')].map(
      (end) => getText(end, 'name') ?? getText(end, 'path'),
    );
    return from !== undefined && to !== undefined ? [`${from}>${to}`] : [];
  });
  return [...own, ...Object.values(json).flatMap(pairsIn)];
}

describe('OpenLineage events of complete factories', () => {
  it('are valid, one job for each activity, and name no template', () => {
    const changedAt = '2026-01-15T12:00:00.000Z';
    const events = factories.flatMap(({ bodies, units }) => {
      const assets = new Map(units.flatMap((unit) => unit.assets.map((each) => [each.id, each])));
      const documents = new Map([...bodies].map(([key, body]) => [key, { body, changedAt }]));
      return units
        .filter(({ rowKey }) => !rowKey.startsWith('trigger|'))
        .flatMap((unit) => {
          const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'f' };
          const find = (id: string) => assets.get(id);
          const producer = 'https://connect.example/';
          const input = { unit, factory, factoryHash: 'h', documents, find, producer };
          return [...jobEvents(input), ...datasetEvents(input, () => true)];
        });
    });

    expect(events.flatMap(violationsOf)).toEqual([]);
    const activities = factories.flatMap(({ bodies }) =>
      [...bodies].flatMap(([key, body]) =>
        key.startsWith('pipeline|') ? [undefined, ...extractActivities(body)] : [],
      ),
    );
    const jobs = events.filter((event) => 'job' in event);
    const isActivity = (type: unknown) => type !== 'ChangeDataCapture';
    expect(jobs.filter(({ job }) => isActivity(job.facets['jobType']?.['jobType']))).toHaveLength(
      activities.length,
    );
    const names = events.flatMap((event) =>
      'dataset' in event ? [event.dataset] : [...event.inputs, ...event.outputs],
    );
    expect(names.filter(({ name }) => /@\{|@dataset\(|\[object/.test(name))).toEqual([]);
  });
});
