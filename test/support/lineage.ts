/** Lineage of factories that a test writes as JSON, computed as a sync run computes it. */
import type { Json } from '../../functions/data-factory/json';
import { getField } from '../../functions/data-factory/json';
import type { ListedKind } from '../../functions/data-factory/resource';
import { extractResources } from '../../functions/data-factory/resource-extraction';
import { rowKeyOf } from '../../functions/data-factory/resource-id';
import type { Asset } from '../../functions/lineage/assets/asset';
import { updateLineage, type LineageUnits } from '../../functions/lineage/factory/factory-lineage';
import type { ActivityLineage, LineageUnit } from '../../functions/lineage/lineage-unit';
import { LoadedDocuments } from '../../functions/lineage/loaded-documents';
import { newSqlParser } from '../../functions/lineage/sql/sql-parser';

export type Documents = Partial<Record<ListedKind, readonly Json[]>>;

export const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };

export const reference = (type: string, name: Json, parameters?: Json) => ({
  referenceName: name,
  type: `${type}Reference`,
  ...(parameters !== undefined && { parameters }),
});
export const expression = (value: string) => ({ value, type: 'Expression' });

export interface ComputedLineage {
  readonly units: LineageUnits;
  /** Row keys of the units that were computed. */
  readonly computed: readonly string[];
  readonly warnings: readonly string[];
  readonly assets: readonly Asset[];
  /** `pipeline/path kind asset`, with the mark of an end. */
  ends(): string[];
  /** `source → target`, with `~` if the influence is indirect. */
  pairs(): string[];
  /** `source → target` of columns, with `~` if the influence is indirect. */
  columns(): string[];
  activities(): readonly ActivityLineage[];
}

/** Row keys and redacted bodies, as the catalog stores them. */
export function storedDocuments(documents: Documents): Map<string, { body: Json; hash: string }> {
  const stored = new Map<string, { body: Json; hash: string }>();
  for (const [kind, items] of Object.entries(documents))
    for (const { kind: own, name, parent, body, hash } of extractResources(
      kind as ListedKind,
      items,
    ))
      stored.set(rowKeyOf(own, name, parent), { body, hash });
  return stored;
}

/** Computes what differs from `before`, or everything. */
export async function lineageOf(
  documents: Documents,
  before?: { readonly units: LineageUnits; readonly documents: Documents },
): Promise<ComputedLineage> {
  const stored = storedDocuments(documents);
  const earlier = before ? storedDocuments(before.documents) : new Map<string, { hash: string }>();
  const keys = new Set([...stored.keys(), ...earlier.keys()]);
  const changed = new Set(
    [...keys].filter((key) => stored.get(key)?.hash !== earlier.get(key)?.hash),
  );
  const loaded = new LoadedDocuments(factory, (rowKey) => stored.has(rowKey));
  for (const [rowKey, { body }] of stored) loaded.add(rowKey, body);
  const versions = new Map([...stored].map(([rowKey, { hash }]) => [rowKey, hash]));
  const units = before?.units ?? new Map<string, LineageUnit>();
  const change = updateLineage(units, versions, changed, loaded, newSqlParser());
  const next = new Map([...units, ...change.computed]);
  for (const rowKey of change.removed) next.delete(rowKey);
  return describeUnits(next, [...change.computed.keys()]);
}

function describeUnits(units: LineageUnits, computed: readonly string[]): ComputedLineage {
  const list = [...units.values()];
  const assets = new Map(list.flatMap((unit) => unit.assets).map((asset) => [asset.id, asset]));
  const nameOf = (id: string) => {
    const { namespace, name } = assets.get(id)!;
    return `${namespace}/${name}`;
  };
  const each = list.flatMap((unit) => unit.activities.map((activity) => ({ unit, activity })));
  const mark = (type: string) => (type === 'INDIRECT' ? ' ~' : '');
  return {
    units,
    computed: computed.toSorted(),
    warnings: list.flatMap((unit) => unit.warnings),
    assets: [...assets.values()],
    ends: () =>
      each.flatMap(({ unit, activity }) =>
        activity.ends.map(
          (end) =>
            `${unit.name}/${activity.path} ${end.kind} ${nameOf(end.asset)}${end.mark ? ` (${end.mark})` : ''}`,
        ),
      ),
    pairs: () =>
      each.flatMap(({ activity }) =>
        activity.pairs.map(
          ({ source, target, type }) => `${nameOf(source)} → ${nameOf(target)}${mark(type)}`,
        ),
      ),
    columns: () =>
      each.flatMap(({ activity }) =>
        activity.pairs.flatMap(({ columns = [] }) =>
          columns.map(({ source, target, type }) => `${source} → ${target}${mark(type)}`),
        ),
      ),
    activities: () => each.map(({ activity }) => activity),
  };
}

/** A factory with a lake and a database, and datasets of both. */
export function sampleDocuments(activities: readonly Json[], more: Documents = {}): Documents {
  const pipeline = { name: 'Load', properties: { activities } };
  return {
    pipeline: [pipeline, ...(more.pipeline ?? [])],
    dataset: [...datasets, ...(more.dataset ?? [])],
    linkedService: [...linkedServices, ...(more.linkedService ?? [])],
    ...(more.dataFlow && { dataFlow: more.dataFlow }),
    ...(more.trigger && { trigger: more.trigger }),
    ...(more.factory && { globalParameter: more.factory }),
    ...(more.changeDataCapture && { changeDataCapture: more.changeDataCapture }),
  };
}

const linkedServices: readonly Json[] = [
  {
    name: 'Lake',
    properties: {
      type: 'AzureBlobFS',
      typeProperties: { url: 'https://lake.dfs.core.windows.net/' },
    },
  },
  {
    name: 'Sql',
    properties: {
      type: 'AzureSqlDatabase',
      typeProperties: {
        connectionString:
          'Data Source=tcp:srv.database.windows.net,1433;Initial Catalog=dwh;User ID=u;Password=p4ss!word',
      },
    },
  },
];

const datasets: readonly Json[] = [
  {
    name: 'Orders',
    properties: {
      type: 'AzureSqlTable',
      description: 'Orders of customers.',
      linkedServiceName: reference('LinkedService', 'Sql'),
      typeProperties: { schema: 'sales', table: 'Orders' },
      schema: [{ name: 'Id' }, { name: 'Total' }],
    },
  },
  {
    name: 'AnyTable',
    properties: {
      type: 'AzureSqlTable',
      linkedServiceName: reference('LinkedService', 'Sql'),
      parameters: { schema: { type: 'string', defaultValue: 'stage' }, table: { type: 'string' } },
      typeProperties: {
        schema: expression('@dataset().schema'),
        table: expression('@dataset().table'),
      },
    },
  },
  {
    name: 'File',
    properties: {
      type: 'DelimitedText',
      linkedServiceName: reference('LinkedService', 'Lake'),
      parameters: { path: { type: 'string' } },
      typeProperties: {
        location: {
          type: 'AzureBlobFSLocation',
          fileSystem: 'raw',
          folderPath: expression("@concat('in/', dataset().path)"),
          fileName: 'data.csv',
        },
      },
      schema: [{ name: 'id' }, { name: 'total' }],
    },
  },
];

export const copy = (name: string, from: Json, to: Json, typeProperties: Json = {}): Json => ({
  name,
  type: 'Copy',
  inputs: [from],
  outputs: [to],
  typeProperties,
});

export const dataset = (name: string, parameters?: Json) => reference('Dataset', name, parameters);
export const propertiesOf = (body: Json) => getField(body, 'properties');
