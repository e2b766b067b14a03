/** Lineage of all factories of a connector, joined by equal assets. Held in memory and never changed. */
import type { FactoryRef } from '../../data-factory/resource';
import { documentOf } from '../../data-factory/edge';
import { keyPart } from '../../data-factory/resource-id';
import type { Asset } from '../assets/asset';
import type { ActivityLineage, LineageEnd, LineagePair, LineageUnit } from '../lineage-unit';

/** An activity that reads or writes, or a change data capture. */
export interface Job {
  /** Hash of the factory. */
  readonly factory: string;
  readonly factoryRef: FactoryRef;
  readonly rowKey: string;
  /** Row key of the document. */
  readonly document: string;
  readonly documentName: string;
  readonly path: string;
  readonly lineage: ActivityLineage;
}

export interface JobEnd {
  readonly job: Job;
  readonly end: LineageEnd;
}

export interface JobPair {
  readonly job: Job;
  readonly pair: LineagePair;
}

export interface GraphAsset {
  readonly asset: Asset;
  /** Other names of the same asset. */
  readonly aliases: readonly string[];
  readonly ends: readonly JobEnd[];
  /** Pairs that end here. */
  readonly incoming: readonly JobPair[];
  /** Pairs that begin here. */
  readonly outgoing: readonly JobPair[];
}

export interface GraphUnit {
  /** Hash of the factory. */
  readonly factory: string;
  readonly factoryRef: FactoryRef;
  readonly unit: LineageUnit;
  readonly jobs: readonly Job[];
}

export interface LineageGraph {
  readonly assets: ReadonlyMap<string, GraphAsset>;
  /** Assets in the order of their names. */
  readonly sorted: readonly GraphAsset[];
  /** By hash of the factory and row key of the document. */
  readonly units: ReadonlyMap<string, GraphUnit>;
}

export interface FactoryUnits {
  readonly hash: string;
  readonly factory: FactoryRef;
  readonly units: readonly LineageUnit[];
}

interface Draft {
  asset: Asset;
  readonly names: Set<string>;
  readonly ends: JobEnd[];
  readonly incoming: JobPair[];
  readonly outgoing: JobPair[];
}

export const unitKey = (factory: string, rowKey: string): string => `${factory}|${rowKey}`;
export const displayName = ({ namespace, name }: Asset): string => `${namespace}/${name}`;

/** Builds the graph, one unit or some assets a step: 100,000 assets take seconds. */
export function* graphSteps(factories: readonly FactoryUnits[]): Generator<void, LineageGraph> {
  const drafts = new Map<string, Draft>();
  const units = new Map<string, GraphUnit>();
  for (const { hash, factory, units: own } of factories)
    for (const unit of own) {
      yield;
      for (const asset of unit.assets) addAsset(drafts, asset);
      const jobs = unit.activities.map((lineage): Job => ({
        factory: hash,
        factoryRef: factory,
        rowKey: jobKey(unit, lineage.path),
        document: unit.rowKey,
        documentName: unit.name,
        path: lineage.path,
        lineage,
      }));
      for (const job of jobs) addJob(drafts, job);
      units.set(unitKey(hash, unit.rowKey), { factory: hash, factoryRef: factory, unit, jobs });
    }
  const assets = new Map<string, GraphAsset>();
  for (const [id, { asset, names, ends, incoming, outgoing }] of drafts) {
    yield;
    names.delete(displayName(asset));
    assets.set(id, { asset, aliases: [...names].sort(), ends, incoming, outgoing });
  }
  return { assets, sorted: sortedByName([...assets.values()]), units };
}

/** The row of an activity, or of the document itself. */
const jobKey = ({ rowKey }: LineageUnit, path: string): string =>
  path === '' ? rowKey : `activity|${rowKey.slice('pipeline|'.length)}|${keyPart(path)}`;

function addAsset(drafts: Map<string, Draft>, asset: Asset): void {
  const name = displayName(asset);
  const known = drafts.get(asset.id);
  if (!known) {
    const draft = { asset, names: new Set([name]), ends: [], incoming: [], outgoing: [] };
    drafts.set(asset.id, draft);
    return;
  }
  known.names.add(name);
  // The name that is shown does not depend on the order of factories.
  if (name < displayName(known.asset)) known.asset = asset;
}

function addJob(drafts: Map<string, Draft>, job: Job): void {
  for (const end of job.lineage.ends) drafts.get(end.asset)?.ends.push({ job, end });
  for (const pair of job.lineage.pairs) {
    drafts.get(pair.source)?.outgoing.push({ job, pair });
    drafts.get(pair.target)?.incoming.push({ job, pair });
  }
}

function sortedByName(assets: readonly GraphAsset[]): GraphAsset[] {
  const named = assets.map((each) => [displayName(each.asset), each] as const);
  const order = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
  return named
    .sort(([one, { asset: a }], [other, { asset: b }]) => order(one, other) || order(a.id, b.id))
    .map(([, each]) => each);
}

/** The unit that a resource belongs to: for an activity its pipeline. */
export const unitOfResource = (
  graph: LineageGraph,
  factory: string,
  rowKey: string,
): GraphUnit | undefined => graph.units.get(unitKey(factory, documentOf(rowKey)));
