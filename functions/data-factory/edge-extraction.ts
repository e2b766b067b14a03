/**
 * Extracts edges from redacted JSON of Data Factory: those that begin in the document, and its own
 * containment.
 */
import { extractActivities, type ActivityAtPath } from './activities';
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
  const edges: Edge[] = [];
  const { rowKey } = source;
  for (const reference of references) {
    const kind = edgeKinds[reference.kind];
    if (kind === undefined) continue;
    const { parameters, pointer } = reference;
    const evidence = { rowKey, pointers: [pointer] };
    const edge: Edge = { kind, source, target: endOf(reference), evidence };
    edges.push(parameters ? { ...edge, parameters } : edge);
  }
  for (const { name, pointers } of globals.values()) {
    const target = endOf({ kind: 'globalParameter', name, template: false });
    edges.push({ kind: 'usesParameter', source, target, evidence: { rowKey, pointers } });
  }
  return edges;
}

const endOf = ({ kind, name, template }: Pick<Reference, 'kind' | 'name' | 'template'>): EdgeEnd =>
  template ? { kind, name, template } : { kind, name, rowKey: rowKeyOf(kind, name) };

function pipelineEdges(pipeline: Source, activities: readonly ActivityAtPath[]): Edge[] {
  const inactive = new Set<string>();
  const siblings = new Siblings(activities);
  const containers = new Map<string, Source>();
  const found: Edge[] = [];
  for (const activity of activities) {
    const { path, container, body, listPointer } = activity;
    const isDeactivated = getText(body, 'state')?.toLowerCase() === 'inactive';
    if (isDeactivated || (container !== undefined && inactive.has(container))) inactive.add(path);
    const source = activityEnd(pipeline, path, getText(body, 'name'));
    const parent =
      container === undefined
        ? pipeline
        : (containers.get(container) ?? activityEnd(pipeline, container));
    if (container !== undefined) containers.set(container, parent);
    const evidence = { rowKey: parent.rowKey, pointers: [listPointer] };
    const edges: Edge[] = [
      { kind: 'contains', source: parent, target: source, evidence },
      ...dependencies(pipeline, source, activity, siblings),
      ...activityReferenceEdges(pipeline, source, activity),
    ];
    for (const edge of edges) found.push(inactive.has(path) ? { ...edge, inactive: true } : edge);
  }
  return found;
}

function activityEnd(pipeline: Source, path: string, name?: string): Source {
  const rowKey = `activity${pipeline.rowKey.slice('pipeline'.length)}|${keyPart(path)}`;
  const last = path.slice(path.lastIndexOf('/') + 1);
  return { kind: 'activity', name: name ?? last, rowKey, parent: pipeline.name, path };
}

/** An activity can depend on activities of the same list only. */
function dependencies(
  pipeline: Source,
  source: Source,
  activity: ActivityAtPath,
  siblings: Siblings,
): Edge[] {
  const { body, prefix } = activity;
  const key = findKey(body, 'dependsOn');
  const list = key === undefined ? undefined : getField(body, key);
  if (key === undefined || !isList(list) || list.length === 0) return [];
  return list.flatMap((each, index): Edge[] => {
    const name = getText(each, 'activity');
    if (name === undefined) return [];
    const evidence = { rowKey: source.rowKey, pointers: [pointerOf([key, index])] };
    const conditions = getField(each, 'dependencyConditions');
    const dependency = siblings.find(activity, name);
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

/** Activities by their list and name. Of equal names, the first wins. */
class Siblings {
  private byName: Map<string, ActivityAtPath> | undefined;

  constructor(private readonly activities: readonly ActivityAtPath[]) {}

  find(activity: ActivityAtPath, name: string): ActivityAtPath | undefined {
    this.byName ??= this.index();
    return this.byName.get(this.keyOf(activity, name));
  }

  private index(): Map<string, ActivityAtPath> {
    const byName = new Map<string, ActivityAtPath>();
    for (const activity of this.activities) {
      const name = getText(activity.body, 'name');
      if (name === undefined) continue;
      const key = this.keyOf(activity, name);
      if (!byName.has(key)) byName.set(key, activity);
    }
    return byName;
  }

  private keyOf({ container = '', listPointer }: ActivityAtPath, name: string): string {
    return `${container}\0${listPointer}\0${name.toLowerCase()}`;
  }
}

/**
 * References of an activity. A call of a pipeline is an edge of the calling pipeline, with the
 * activity as evidence.
 */
function activityReferenceEdges(
  pipeline: Source,
  source: Source,
  { body, nested }: ActivityAtPath,
): Edge[] {
  const skip = nested.map(({ activities }) => activities);
  const found = extractReferences(body, skip);
  if (found.references.length === 0 && found.globals.size === 0) return [];
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
