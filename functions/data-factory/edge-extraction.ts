/**
 * Extracts edges from redacted JSON of Data Factory: those that begin in the document, and its own
 * containment.
 */
import { extractActivities, nestedLists, type ActivityAtPath } from './activities';
import type { Edge, EdgeEnd, EdgeKind } from './edge';
import { getField, isList, isObject, findKey, pointerOf, getText, type Json } from './json';
import {
  parametersOf,
  isExpression,
  extractReferences,
  type ExtractedReferences,
  type Reference,
} from './references';
import type { FactoryRef, Resource, ResourceKind } from './resource';
import { keyPart, rowKeyOf } from './resource-id';
import { transformationsOf } from './transformations';

type Source = Edge['source'];

/** A document. `activities` are extracted from the body unless given. */
type EdgeDocument = Pick<Resource, 'kind' | 'name' | 'parent' | 'activities'> & {
  readonly body: Json | undefined;
};

/** Every edge of a document. The edges of a pipeline include those of its activities. */
export function extractEdges(
  factory: FactoryRef,
  { kind, name, parent, activities, body = null }: EdgeDocument,
): Edge[] {
  const source: Source = {
    kind,
    name,
    rowKey: rowKeyOf(kind, name, parent),
    ...(parent !== undefined && { parent }),
  };
  if (kind === 'pipeline')
    return [
      containmentEdge(factory, source),
      ...pipelineEdges(source, activities ?? extractActivities(body)),
    ];
  if (kind === 'dataFlow')
    return [
      ...transformationEdges(source, body),
      ...referenceEdges(source, extractReferences(body)),
    ];
  if (kind === 'trigger') return triggerEdges(source, body);
  return referenceEdges(source, extractReferences(body));
}

/** The edge from a factory to its pipeline: the only edge that begins in another document. */
const containmentEdge = (factory: FactoryRef, pipeline: Source): Edge => ({
  kind: 'contains',
  source: { kind: 'factory', name: factory.name, rowKey: rowKeyOf('factory', factory.name) },
  target: pipeline,
  evidence: { rowKey: pipeline.rowKey, pointers: [''] },
});

const edgeKinds: Partial<Record<ResourceKind, EdgeKind>> = {
  dataset: 'usesDataset',
  dataFlow: 'usesDataFlow',
  linkedService: 'usesLinkedService',
  integrationRuntime: 'usesIntegrationRuntime',
  credential: 'usesCredential',
  managedVirtualNetwork: 'usesManagedVirtualNetwork',
};

function referenceEdges(source: Source, { references, globals }: ExtractedReferences): Edge[] {
  const at = (pointers: readonly string[]) => ({ rowKey: source.rowKey, pointers });
  return [
    ...references.flatMap((reference): Edge[] => {
      const kind = edgeKinds[reference.kind];
      const { parameters, pointer } = reference;
      if (kind === undefined) return [];
      const target = endOf(reference);
      return [{ kind, source, target, evidence: at([pointer]), ...(parameters && { parameters }) }];
    }),
    ...[...globals.values()].map(({ name, pointers }): Edge => {
      const target = endOf({ kind: 'globalParameter', name, template: false });
      return { kind: 'usesParameter', source, target, evidence: at(pointers) };
    }),
  ];
}

const endOf = ({ kind, name, template }: Pick<Reference, 'kind' | 'name' | 'template'>): EdgeEnd =>
  template ? { kind, name, template } : { kind, name, rowKey: rowKeyOf(kind, name) };

function pipelineEdges(pipeline: Source, activities: readonly ActivityAtPath[]): Edge[] {
  const inactive = new Set<string>();
  return activities.flatMap((activity) => {
    const { path, container } = activity;
    const isDeactivated = getText(activity.body, 'state')?.toLowerCase() === 'inactive';
    if (isDeactivated || (container !== undefined && inactive.has(container))) inactive.add(path);
    const source = activityEnd(pipeline, path, getText(activity.body, 'name'));
    const parent = container === undefined ? pipeline : activityEnd(pipeline, container);
    const edges: Edge[] = [
      {
        kind: 'contains',
        source: parent,
        target: source,
        evidence: { rowKey: parent.rowKey, pointers: [activity.listPointer] },
      },
      ...dependencies(pipeline, source, activity, activities),
      ...activityReferenceEdges(pipeline, source, activity.body),
    ];
    return inactive.has(path) ? edges.map((edge): Edge => ({ ...edge, inactive: true })) : edges;
  });
}

function activityEnd(pipeline: Source, path: string, name?: string): Source {
  const rowKey = `activity|${keyPart(pipeline.name)}|${keyPart(path)}`;
  const last = path.slice(path.lastIndexOf('/') + 1);
  return { kind: 'activity', name: name ?? last, rowKey, parent: pipeline.name, path };
}

/** An activity can depend on activities of the same list only. */
function dependencies(
  pipeline: Source,
  source: Source,
  { body, prefix, container, listPointer: own }: ActivityAtPath,
  activities: readonly ActivityAtPath[],
): Edge[] {
  const key = findKey(body, 'dependsOn');
  const list = getField(body, 'dependsOn');
  if (key === undefined || !isList(list)) return [];
  const siblings = activities.filter(
    (each) => each.container === container && each.listPointer === own,
  );
  return list.flatMap((each, index): Edge[] => {
    const name = getText(each, 'activity');
    if (name === undefined) return [];
    const evidence = { rowKey: source.rowKey, pointers: [pointerOf([key, index])] };
    const conditions = getField(each, 'dependencyConditions');
    const dependency = siblings.find((sibling) => hasName(sibling.body, name));
    const target: EdgeEnd = isExpression(name)
      ? { kind: 'activity', name, template: true }
      : dependency
        ? activityEnd(pipeline, dependency.path, getText(dependency.body, 'name'))
        : { ...activityEnd(pipeline, `${prefix}${name}`, name), missing: true };
    return [
      {
        kind: 'dependsOn',
        source,
        target,
        evidence,
        conditions: isList(conditions) ? conditions.map(String) : [],
      },
    ];
  });
}

const hasName = (activity: Json, name: string) =>
  getText(activity, 'name')?.toLowerCase() === name.toLowerCase();

/**
 * References of an activity. A call of a pipeline is an edge of the calling pipeline, with the
 * activity as evidence.
 */
function activityReferenceEdges(pipeline: Source, source: Source, body: Json): Edge[] {
  const nested = new Set([...nestedLists(body)].map(({ activities }) => activities));
  const found = extractReferences(body, nested);
  const calls = found.references.filter(({ kind }) => kind === 'pipeline');
  return [
    ...calls.map((call): Edge => {
      const parameters = parametersOf(getField(body, 'typeProperties'));
      const evidence = { rowKey: source.rowKey, pointers: [call.pointer] };
      const edge: Edge = { kind: 'calls', source: pipeline, target: endOf(call), evidence };
      return parameters ? { ...edge, parameters } : edge;
    }),
    ...referenceEdges(source, found),
  ];
}

const transformationEdges = (source: Source, body: Json): Edge[] =>
  transformationsOf(body).map(({ name }) => ({
    kind: 'contains',
    source,
    target: { kind: 'transformation', name, parent: source.name },
    evidence: { rowKey: source.rowKey, pointers: ['/properties/typeProperties'] },
  }));

/**
 * Parameters are beside the reference of a trigger: in the item of `pipelines`, or in `pipeline`.
 */
function triggerEdges(source: Source, body: Json): Edge[] {
  const found = extractReferences(body);
  return [
    ...found.references.flatMap((reference): Edge[] => {
      const { kind, pointer } = reference;
      if (kind !== 'pipeline' && kind !== 'trigger') return [];
      const evidence = { rowKey: source.rowKey, pointers: [pointer] };
      const target = endOf(reference);
      if (kind === 'trigger') return [{ kind: 'dependsOn', source, target, evidence }];
      const parameters = parametersOf(parentOfReference(body, pointer));
      return [{ kind: 'triggers', source, target, evidence, ...(parameters && { parameters }) }];
    }),
    ...referenceEdges(source, found),
  ];
}

/**
 * The object around a reference: `/pipelines/0` for `/pipelines/0/pipelineReference/referenceName`.
 */
function parentOfReference(body: Json, pointer: string): Json | undefined {
  return pointer
    .split('/')
    .slice(1, -2)
    .reduce<Json | undefined>((value, part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      if (isList(value)) return value[Number(key)];
      return isObject(value) ? value[key] : undefined;
    }, body);
}
