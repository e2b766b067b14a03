/**
 * Events without a run: what the activities of a document are made to read and write (static lineage
 * of OpenLineage), and the datasets that they use.
 */
import { extractActivities } from '../../data-factory/activities';
import { getField, getText, type Json } from '../../data-factory/json';
import type { FactoryRef } from '../../data-factory/resource';
import { resourceId, rowKeyOf } from '../../data-factory/resource-id';
import type { LineageUnit } from '../../lineage/lineage-unit';
import { declaredDatasets } from './declared-datasets';
import { baseEvent, type DatasetEvent, type Facets, type JobEvent } from './event';
import { customJobFacet, facetsOf, type MakeFacet } from './facets';
import { jobDatasets, schemaFacet, type FindAsset } from './job-datasets';
import { jobName } from './names';
import { sourceFacets } from './source-facets';

export interface UnitDocument {
  readonly body: Json;
  /** When the catalog saw its last change. */
  readonly changedAt: string;
}

export interface StaticInput {
  readonly unit: LineageUnit;
  readonly factory: FactoryRef;
  /** Hash of the factory. */
  readonly factoryHash: string;
  /** The document of the unit, its datasets and data flows, by row key. Redacted. */
  readonly documents: ReadonlyMap<string, UnitDocument>;
  readonly find: FindAsset;
  readonly producer: string;
}

/** Changes with the events, for equal input. Raised when the events of a unit change. */
export const staticEventRules = 1;

/** Time of the last change of what the events tell. Undefined if the document is gone. */
export function changeTimeOf({ unit, documents }: StaticInput): string | undefined {
  if (!documents.has(unit.rowKey)) return undefined;
  return [...documents.values()]
    .map(({ changedAt }) => changedAt)
    .sort()
    .at(-1);
}

/** A pipeline and its activities at any depth, or a change data capture. */
export function jobEvents(input: StaticInput): readonly JobEvent[] {
  const { unit, factory, documents, find, producer } = input;
  const at = changeTimeOf(input);
  const body = documents.get(unit.rowKey)?.body;
  if (at === undefined || body === undefined) return [];
  const facet = facetsOf(producer);
  const base = baseEvent('JobEvent', producer, at);
  const lineages = new Map(unit.activities.map((each) => [each.path, each]));
  const bodies = bodyOf(documents);
  const event = (path: string, activity: Json | undefined, type: string): JobEvent => {
    const lineage = lineages.get(path);
    const declared = declaredDatasets(lineage, activity, bodies);
    const { inputs, outputs, templates } = jobDatasets(lineage, find, facet, declared);
    const own = { resourceId: idOf(input, path), ...(templates.length > 0 && { templates }) };
    const facets = {
      ...jobFacets(type, activity, facet),
      ...sourceFacets(activity, bodies, facet),
      adf_connect: customJobFacet(producer, {
        ...own,
        ...(lineage?.inactive && { inactive: true }),
      }),
    };
    return { ...base, job: { ...jobName(factory, unit.name, path), facets }, inputs, outputs };
  };
  if (!unit.rowKey.startsWith('pipeline|')) return [event('', body, 'ChangeDataCapture')];
  return [
    event('', body, 'Pipeline'),
    ...extractActivities(body).map(({ path, body: activity }) =>
      event(path, activity, getText(activity, 'type') ?? 'unknown'),
    ),
  ];
}

/** Assets that `isOwn` selects, so that an asset of several units has one event. */
export function datasetEvents(
  input: StaticInput,
  isOwn: (assetId: string) => boolean,
): readonly DatasetEvent[] {
  const { unit, documents, find, producer } = input;
  const at = changeTimeOf(input);
  if (at === undefined) return [];
  const facet = facetsOf(producer);
  const bodies = bodyOf(documents);
  const body = bodies(unit.rowKey);
  const activities = new Map(
    extractActivities(body ?? null).map((each) => [each.path, each.body] as const),
  );
  const declared = new Map(
    unit.activities.flatMap((each) => [
      ...declaredDatasets(each, activities.get(each.path), bodies),
    ]),
  );
  return unit.assets.flatMap(({ id }): DatasetEvent[] => {
    const asset = find(id);
    if (asset?.kind !== 'asset' || !isOwn(id)) return [];
    const { namespace, name } = asset;
    const { fields = [], description } = declared.get(id) ?? {};
    const facets = {
      ...schemaFacet(fields, facet),
      ...(description !== undefined && {
        documentation: facet('DocumentationDatasetFacet', { description }),
      }),
    };
    return [{ ...baseEvent('DatasetEvent', producer, at), dataset: { namespace, name, facets } }];
  });
}

/** Facets of a job that its JSON alone decides. */
function jobFacets(type: string, activity: Json | undefined, facet: MakeFacet): Facets {
  const description =
    getText(activity, 'description') ?? getText(getField(activity, 'properties'), 'description');
  return {
    jobType: jobTypeFacet(type, facet),
    ...(description !== undefined &&
      description !== '' && { documentation: facet('DocumentationJobFacet', { description }) }),
  };
}

export const jobTypeFacet = (type: string, facet: MakeFacet) =>
  facet('JobTypeJobFacet', {
    processingType: type === 'ChangeDataCapture' ? 'STREAMING' : 'BATCH',
    integration: 'AZURE_DATA_FACTORY',
    jobType: type,
  });

const bodyOf =
  (documents: StaticInput['documents']) =>
  (rowKey: string): Json | undefined =>
    documents.get(rowKey)?.body;

function idOf({ factoryHash, unit }: StaticInput, path: string): string {
  const { rowKey } = unit;
  if (path === '') return resourceId(factoryHash, rowKey);
  const pipeline = rowKey.slice('pipeline|'.length);
  const [, part] = rowKeyOf('activity', path).split('|');
  return resourceId(factoryHash, `activity|${pipeline}|${part}`);
}

/** Path of an activity by its lower-case name, which is unique within a pipeline. */
export function activityPaths(pipeline: Json | undefined): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const { path, body } of extractActivities(pipeline ?? null)) {
    const name = getText(body, 'name')?.toLowerCase();
    if (name !== undefined && !paths.has(name)) paths.set(name, path);
  }
  return paths;
}
