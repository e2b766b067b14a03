/** Redacted Data Factory JSON → the edges that begin in it, or that say where it belongs. Pure. */
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
type Bodied = { readonly body: Json | undefined };

/** Every edge of a resource; of a pipeline with those of its activities. */
export function extractEdges(
  factory: FactoryRef,
  { kind, name, parent, body = null }: Pick<Resource, 'kind' | 'name' | 'parent'> & Bodied,
): Edge[] {
  const source: Source = {
    kind,
    name,
    rowKey: rowKeyOf(kind, name, parent),
    ...(parent !== undefined && { parent }),
  };
  if (kind === 'pipeline') return [inFactory(factory, source), ...pipelineEdges(source, body)];
  if (kind === 'dataFlow')
    return [...transformationEdges(source, body), ...usesOf(source, extractReferences(body))];
  if (kind === 'trigger') return triggerEdges(source, body);
  return usesOf(source, extractReferences(body));
}

/** A pipeline's place in its factory: the one edge of a resource that begins elsewhere. */
export const inFactory = (factory: FactoryRef, pipeline: Source): Edge => ({
  kind: 'contains',
  source: { kind: 'factory', name: factory.name, rowKey: rowKeyOf('factory', factory.name) },
  target: pipeline,
  evidence: { rowKey: pipeline.rowKey, pointers: [''] },
});

const useOf: Partial<Record<ResourceKind, EdgeKind>> = {
  dataset: 'usesDataset',
  dataFlow: 'usesDataFlow',
  linkedService: 'usesLinkedService',
  integrationRuntime: 'usesIntegrationRuntime',
  credential: 'usesCredential',
};

function usesOf(source: Source, { references, globals }: ExtractedReferences): Edge[] {
  const at = (pointers: readonly string[]) => ({ rowKey: source.rowKey, pointers });
  return [
    ...references.flatMap((reference): Edge[] => {
      const kind = useOf[reference.kind];
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

function pipelineEdges(pipeline: Source, body: Json): Edge[] {
  const placed = extractActivities(body);
  const inactive = new Set<string>();
  return placed.flatMap((activity) => {
    const { path, container } = activity;
    const off = getText(activity.body, 'state')?.toLowerCase() === 'inactive';
    if (off || (container !== undefined && inactive.has(container))) inactive.add(path);
    const source = activityEnd(pipeline, path, getText(activity.body, 'name'));
    const parent = container === undefined ? pipeline : activityEnd(pipeline, container);
    const edges: Edge[] = [
      {
        kind: 'contains',
        source: parent,
        target: source,
        evidence: { rowKey: parent.rowKey, pointers: [activity.listPointer] },
      },
      ...dependencies(pipeline, source, activity, placed),
      ...activityUses(pipeline, source, activity.body),
    ];
    return inactive.has(path) ? edges.map((edge): Edge => ({ ...edge, inactive: true })) : edges;
  });
}

function activityEnd(pipeline: Source, path: string, name?: string): Source {
  const rowKey = `activity|${keyPart(pipeline.name)}|${keyPart(path)}`;
  const last = path.slice(path.lastIndexOf('/') + 1);
  return { kind: 'activity', name: name ?? last, rowKey, parent: pipeline.name, path };
}

/** An activity waits for its neighbours only: those of the same list. */
function dependencies(
  pipeline: Source,
  source: Source,
  { body, prefix, container, listPointer: own }: ActivityAtPath,
  placed: readonly ActivityAtPath[],
): Edge[] {
  const key = findKey(body, 'dependsOn');
  const list = getField(body, 'dependsOn');
  if (key === undefined || !isList(list)) return [];
  const neighbours = placed.filter(
    (each) => each.container === container && each.listPointer === own,
  );
  return list.flatMap((each, index): Edge[] => {
    const name = getText(each, 'activity');
    if (name === undefined) return [];
    const evidence = { rowKey: source.rowKey, pointers: [pointerOf([key, index])] };
    const conditions = getField(each, 'dependencyConditions');
    const awaited = neighbours.find((neighbour) => hasName(neighbour.body, name));
    const target: EdgeEnd = isExpression(name)
      ? { kind: 'activity', name, template: true }
      : awaited
        ? activityEnd(pipeline, awaited.path, getText(awaited.body, 'name'))
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

/** What an activity refers to; a pipeline it calls is called by its pipeline, through it. */
function activityUses(pipeline: Source, source: Source, body: Json): Edge[] {
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
    ...usesOf(source, found),
  ];
}

const transformationEdges = (source: Source, body: Json): Edge[] =>
  transformationsOf(body).map(({ name }) => ({
    kind: 'contains',
    source,
    target: { kind: 'transformation', name, parent: source.name },
    evidence: { rowKey: source.rowKey, pointers: ['/properties/typeProperties'] },
  }));

/** Arguments stand beside a trigger's reference: in the item of its list, or in its one `pipeline`. */
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
    ...usesOf(source, found),
  ];
}

/** What holds the object in which a reference stands: `/pipelines/0` of `/pipelines/0/pipelineReference/referenceName`. */
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
