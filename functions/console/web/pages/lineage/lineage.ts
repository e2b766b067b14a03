/** What pages say about lineage, and the graph of its steps. Pure. */
import type { ItemOf, Output } from '../../api/endpoint-types';
import { placesOf, type GraphEdge, type GraphNode } from '../../parts/graph/layout';

export type Asset = ItemOf<'listAssets'>;
export type DetailedAsset = Output<'getAsset'>;
export type Step = ItemOf<'getLineage'>;
export type Impact = ItemOf<'getImpact'>;
export type Confidence = Step['confidence'];
export type AssetSummary = Step['source'];

/** Where lineage begins. */
export type Root =
  { readonly asset: string; readonly column?: string | undefined } | { readonly resource: string };

export const assetPath = (connectorId: string, assetId: string, tab?: string): string =>
  `/lineage/${connectorId}/${encodeURIComponent(assetId)}${tab === undefined ? '' : `?tab=${tab}`}`;

export function assetsPath(connectorId: string, name?: string): string {
  const query = new URLSearchParams({ connector: connectorId, ...(name && { name }) });
  return `/lineage?${query.toString()}`;
}

export const confidences: readonly Confidence[] = [
  'static',
  'literal-params',
  'defaulted',
  'runtime',
  'dynamic',
];

/** How a name is known, as a sentence. */
export const confidenceTexts: Readonly<Record<Confidence, string>> = {
  static: 'The names are in the JSON.',
  'literal-params': 'The names come from parameters with literal values.',
  defaulted: 'The names come from defaults, callers or triggers. A run may use others.',
  runtime: 'The names were seen in runs.',
  dynamic: 'The names are known at run time only.',
};

export const columnStateTexts: Readonly<Record<Step['columnState'], string>> = {
  explicit: 'The mapping is in the JSON.',
  inferred: 'Columns are paired by equal names.',
  open: 'Columns that are not declared pass, too.',
  dynamic: 'The mapping is computed at run time.',
  unknown: 'The mapping is not known.',
};

/** The last part of a name, which tells assets of one place apart. */
export function shortName({ name, namespace }: Pick<AssetSummary, 'name' | 'namespace'>): string {
  if (name === '' || name === '/') return namespace;
  return name;
}

/** `Copy orders (Copy)`: the activity, or the change data capture itself. */
export const jobLabel = ({ path, document }: Step['job']): string =>
  path === undefined ? document : (path.split('/').at(-1) ?? path);

export const stepKey = ({ source, target, job, pointer }: Step): string =>
  `${source.id} ${target.id} ${job.resourceId} ${pointer}`;

/** Steps between the same two assets are one edge. */
export const edgeKeyOf = ({ source, target }: Step): string => `${source.id} ${target.id}`;

export function lineageGraph(
  steps: readonly Step[],
  currentId: string | undefined,
): { readonly nodes: readonly GraphNode[]; readonly edges: readonly GraphEdge[] } {
  const assets = new Map<string, AssetSummary>();
  const byEdge = new Map<string, Step[]>();
  for (const step of steps) {
    assets.set(step.source.id, step.source).set(step.target.id, step.target);
    const key = edgeKeyOf(step);
    byEdge.set(key, [...(byEdge.get(key) ?? []), step]);
  }
  const edges = [...byEdge].map(([key, own]) => ({
    key,
    from: own[0]!.source.id,
    to: own[0]!.target.id,
    label: edgeLabel(own),
    className: lineOf(own),
  }));
  const places = placesOf(assets.keys(), edges);
  const nodes = [...assets].map(([key, asset]) => ({
    key,
    name: shortName(asset),
    detail: `${asset.type}${asset.kind === 'template' ? ', template' : ''}`,
    isCurrent: key === currentId,
    ...places.get(key)!,
  }));
  return { nodes, edges };
}

function edgeLabel(steps: readonly Step[]): string {
  const jobs = [...new Set(steps.map(({ job }) => jobLabel(job)))];
  return jobs.length === 1 ? jobs[0]! : `${jobs.length} activities`;
}

/** The class of a line: of the best known step, and whether data flows or only decides. */
export function lineOf(steps: readonly Pick<Step, 'confidence' | 'type'>[]): string {
  const best = Math.min(...steps.map(({ confidence }) => confidences.indexOf(confidence)));
  const isIndirect = steps.every(({ type }) => type === 'INDIRECT');
  return `line-${confidences[best]!}${isIndirect ? ' line-indirect' : ''}`;
}

/** Steps of both directions, each once, nearest first. */
export function mergeSteps(...lists: readonly (readonly Step[])[]): readonly Step[] {
  const found = new Map(lists.flat().map((step) => [stepKey(step), step]));
  return [...found.values()].sort((one, other) => one.distance - other.distance);
}

/** Items of an impact list by their distance, nearest first. */
export function byDistance(items: readonly Impact[]): readonly (readonly [number, Impact[]])[] {
  const groups = new Map<number, Impact[]>();
  for (const item of items) groups.set(item.distance, [...(groups.get(item.distance) ?? []), item]);
  return [...groups].sort(([one], [other]) => one - other);
}
