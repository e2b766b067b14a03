/** What a change of an asset, a column or a resource reaches, with the distance. */
import type { GraphAsset, GraphUnit, Job, LineageGraph } from './lineage-graph';
import { unitKey, unitOfResource } from './lineage-graph';
import { walkLineage } from './traversal';

export interface Impact {
  /** Number of activities between the change and what it reaches. */
  readonly distance: number;
  readonly asset?: GraphAsset;
  /** An activity that reads what changed, or a pipeline that depends on it. */
  readonly resource?: {
    readonly factory: string;
    readonly rowKey: string;
    readonly pipeline: string;
    readonly path?: string;
  };
}

export type ImpactRoot =
  | { readonly asset: string; readonly column?: string | undefined }
  | { readonly factory: string; readonly rowKey: string };

/** Above this number the rest is left out. */
const maxImpacts = 20_000;

export function impactOf(graph: LineageGraph, root: ImpactRoot, depth: number): Impact[] {
  const found = new Collector();
  const starts = 'asset' in root ? [root.asset] : resourceStart(graph, root, found);
  const column = 'asset' in root ? root.column : undefined;
  const near = 'asset' in root ? 0 : 1;
  for (const id of starts) addReaders(graph.assets.get(id), near + 1, found);
  const { steps } = walkLineage(graph, { assets: starts, column }, 'downstream', depth);
  for (const { distance, target, job } of steps) {
    found.addJob(job, near + distance);
    found.addAsset(target, near + distance);
    if (distance < depth) addReaders(target, near + distance + 1, found);
  }
  return found.sorted().slice(0, maxImpacts);
}

/** Pipelines that depend on the resource, those that call them, and the assets that they write. */
function resourceStart(
  graph: LineageGraph,
  { factory, rowKey }: { readonly factory: string; readonly rowKey: string },
  found: Collector,
): string[] {
  const own = unitOfResource(graph, factory, rowKey);
  const jobs = own?.jobs.filter((job) => !rowKey.startsWith('activity|') || job.rowKey === rowKey);
  const units = own ? [] : dependents(graph, factory, rowKey);
  for (const unit of units) found.addUnit(unit, 1);
  if (own && !rowKey.startsWith('activity|')) addCallees(graph, own, 1, found);
  const all = jobs ?? units.flatMap((unit) => unit.jobs);
  const written = new Set<string>();
  for (const { lineage } of all)
    for (const { kind, asset } of lineage.ends)
      if (kind === 'writes' || kind === 'deletes' || kind === 'executes') written.add(asset);
  for (const id of written) {
    const asset = graph.assets.get(id);
    if (asset) found.addAsset(asset, 1);
  }
  return [...written];
}

const dependents = (graph: LineageGraph, factory: string, rowKey: string): GraphUnit[] =>
  [...graph.units.values()].filter(
    (each) => each.factory === factory && each.unit.dependsOn.includes(rowKey),
  );

function addCallees(
  graph: LineageGraph,
  { factory, unit }: GraphUnit,
  distance: number,
  found: Collector,
): void {
  for (const { callee } of unit.calls) {
    const called = graph.units.get(unitKey(factory, callee));
    if (called && found.addUnit(called, distance)) addCallees(graph, called, distance + 1, found);
  }
}

/** Activities that use the asset without writing another one. */
function addReaders(asset: GraphAsset | undefined, distance: number, found: Collector): void {
  for (const { job, end } of asset?.ends ?? [])
    if (end.kind !== 'writes' && end.kind !== 'deletes') found.addJob(job, distance);
}

class Collector {
  private readonly found = new Map<string, Impact>();

  addAsset(asset: GraphAsset, distance: number): void {
    this.add(asset.asset.id, { distance, asset });
  }

  addJob({ factory, rowKey, documentName, path }: Job, distance: number): void {
    const resource = { factory, rowKey, pipeline: documentName, ...(path !== '' && { path }) };
    this.add(unitKey(factory, rowKey), { distance, resource });
  }

  /** Whether the unit was not known. */
  addUnit({ factory, unit }: GraphUnit, distance: number): boolean {
    const resource = { factory, rowKey: unit.rowKey, pipeline: unit.name };
    return this.add(unitKey(factory, unit.rowKey), { distance, resource });
  }

  sorted = (): Impact[] =>
    [...this.found]
      .sort(([one, a], [other, b]) => a.distance - b.distance || (one < other ? -1 : 1))
      .map(([, impact]) => impact);

  private add(key: string, impact: Impact): boolean {
    const known = this.found.get(key);
    if (!known || known.distance > impact.distance) this.found.set(key, impact);
    return known === undefined;
  }
}
