/**
 * Datasets that a job reads and writes, from its lineage. A template stands for assets whose name is
 * known at run time only, so it is no dataset: events name it apart.
 */
import type { Json } from '../../data-factory/json';
import type { Asset } from '../../lineage/assets/asset';
import type { ActivityLineage, LineageEndKind, LineagePair } from '../../lineage/lineage-unit';
import type { OpenLineageDataset } from './event';
import type { Facet, MakeFacet } from './facets';

/** The asset of an id, under the name that all factories of the connector share. */
export type FindAsset = (id: string) => Asset | undefined;

export interface SchemaField {
  readonly name: string;
  readonly type?: string;
}
/** What the dataset of Data Factory says about its asset. */
export interface DeclaredDataset {
  readonly fields: readonly SchemaField[];
  readonly description?: string;
}
/** By id of the asset. */
export type DeclaredDatasets = ReadonlyMap<string, DeclaredDataset>;

export interface JobDatasets {
  readonly inputs: readonly OpenLineageDataset[];
  readonly outputs: readonly OpenLineageDataset[];
  /** What the job uses besides, as `reads mssql://host/dbo.{table}`. */
  readonly templates: readonly string[];
}

const isInput = (kind: LineageEndKind) => kind === 'reads' || kind === 'inspects';
const isOutput = (kind: LineageEndKind) => kind === 'writes' || kind === 'deletes';

export function jobDatasets(
  lineage: ActivityLineage | undefined,
  find: FindAsset,
  facet: MakeFacet,
  declared: DeclaredDatasets = new Map(),
): JobDatasets {
  const ends = lineage?.ends ?? [];
  const datasetsOf = (
    isWanted: (kind: LineageEndKind) => boolean,
    facetsOf: (asset: string) => Readonly<Record<string, Facet>>,
  ) =>
    [...new Set(ends.filter(({ kind }) => isWanted(kind)).map(({ asset }) => asset))].flatMap(
      (id): OpenLineageDataset[] => {
        const asset = find(id);
        if (asset?.kind !== 'asset') return [];
        const facets = facetsOf(id);
        const { namespace, name } = asset;
        return [{ namespace, name, ...(Object.keys(facets).length > 0 && { facets }) }];
      },
    );
  const schemaOf = (id: string) => schemaFacet(declared.get(id)?.fields ?? [], facet);
  const templates = ends.flatMap(({ kind, asset: id }) => {
    const asset = find(id);
    const isTemplate = asset?.kind === 'template' && (isInput(kind) || isOutput(kind));
    return isTemplate ? [`${kind} ${asset.namespace}/${asset.name}`] : [];
  });
  return {
    inputs: datasetsOf(isInput, schemaOf),
    outputs: datasetsOf(isOutput, (id) => ({
      ...schemaOf(id),
      ...columnFacet(lineage!.pairs, id, find, facet),
    })),
    templates: [...new Set(templates)],
  };
}

export const schemaFacet = (
  fields: readonly SchemaField[],
  facet: MakeFacet,
): Readonly<Record<string, Facet>> =>
  fields.length === 0
    ? {}
    : { schema: facet('SchemaDatasetFacet', { fields: fields.map((each) => ({ ...each })) }) };

/** Columns by target. Columns that decide which rows are written concern the whole dataset. */
function columnFacet(
  pairs: readonly LineagePair[],
  target: string,
  find: FindAsset,
  facet: MakeFacet,
): Readonly<Record<string, Facet>> {
  const fields = new Map<string, Json[]>();
  const dataset: Json[] = [];
  for (const pair of pairs) {
    const source = find(pair.source);
    if (pair.target !== target || source?.kind !== 'asset') continue;
    for (const { source: field, target: column, type, transformation } of pair.columns ?? []) {
      const change = { type, ...(transformation !== undefined && { description: transformation }) };
      const { namespace, name } = source;
      const input = { namespace, name, field, transformations: [change] };
      if (column === '*') dataset.push(input);
      else fields.set(column, [...(fields.get(column) ?? []), input]);
    }
  }
  if (fields.size + dataset.length === 0) return {};
  const entries = [...fields].map(([name, inputFields]) => [name, { inputFields }] as const);
  return {
    columnLineage: facet('ColumnLineageDatasetFacet', {
      fields: Object.fromEntries(entries),
      ...(dataset.length > 0 && { dataset }),
    }),
  };
}
