/**
 * Lineage of a factory, computed again where something changed: documents, what they depend on, and
 * the calls that bind the parameters of a pipeline. The result does not depend on the order of changes.
 */
import { runAtOnce } from '../../concurrency/run-in-slices';
import { extractActivities } from '../../data-factory/activities';
import { getField, getText, type Json } from '../../data-factory/json';
import { rowKeyOf } from '../../data-factory/resource-id';
import { typeOf } from '../activities/copy-activity';
import { FixedDatasets } from '../activities/fixed-datasets';
import type { FactoryDocuments } from '../documents';
import type { LineageUnit, PipelineCall } from '../lineage-unit';
import type { SqlParser } from '../sql/sql-parser';
import { bindingDigest } from './bindings';
import { callGraph, type CallGraph } from './call-graph';
import { captureLineage } from './change-data-capture';
import { pipelineLineage, triggerLineage } from './pipeline-lineage';

/** Kinds of documents that have a unit. */
const unitKinds = ['pipeline', 'trigger', 'changeDataCapture'];

const hasUnit = (rowKey: string): boolean => unitKinds.includes(rowKey.split('|')[0]!);

export type LineageUnits = ReadonlyMap<string, LineageUnit>;

export interface LineageChange {
  /** Units that were computed, by row key. */
  readonly computed: LineageUnits;
  /** Row keys of units whose document is gone. */
  readonly removed: readonly string[];
  /** Row keys of units that were not computed, because their document is not loaded. */
  readonly skipped: readonly string[];
}

/**
 * Row keys of the units to compute. `versions` has all documents that lineage reads, and their
 * hashes. `changed` has the row keys of those that were added, changed or removed.
 */
export const dueUnits = (
  units: LineageUnits,
  versions: ReadonlyMap<string, string>,
  changed: ReadonlySet<string>,
): ReadonlySet<string> =>
  new Set([...versions.keys()].filter((rowKey) => isDue(rowKey, units.get(rowKey), changed)));

/** Computes everything that follows from a change, at once. All documents are loaded. */
export const updateLineage = (
  units: LineageUnits,
  versions: ReadonlyMap<string, string>,
  changed: ReadonlySet<string>,
  documents: FactoryDocuments,
  sql: SqlParser,
): LineageChange =>
  runAtOnce(lineageSteps(units, versions, dueUnits(units, versions, changed), documents, sql));

/**
 * Computes the units that are due, and those whose calls change by it; one unit a step, because a
 * factory of hundreds of queries takes seconds.
 */
export function* lineageSteps(
  units: LineageUnits,
  versions: ReadonlyMap<string, string>,
  due: ReadonlySet<string>,
  documents: FactoryDocuments,
  sql: SqlParser,
): Generator<void, LineageChange> {
  const removed = [...units.keys()].filter((rowKey) => !versions.has(rowKey));
  const current = new Map([...units].filter(([rowKey]) => versions.has(rowKey)));
  if (due.size + removed.length === 0) return { computed: new Map(), removed, skipped: [] };
  const graph = callGraph(calleesOf(versions, current, due, documents));
  const callers = new CallerIndex(graph, current.values());
  const computed = new Map<string, LineageUnit>();
  const skipped: string[] = [];
  const reader = { documents, sql, fixedDatasets: new FixedDatasets() };
  const isTrigger = (rowKey: string) => rowKey.startsWith('trigger|');
  for (const rowKey of [
    ...graph.order.filter(isTrigger),
    ...graph.order.filter((each) => !isTrigger(each)),
  ]) {
    const calls = callers.callsOf(rowKey);
    const known = current.get(rowKey);
    if (!due.has(rowKey) && known?.binding === bindingDigest(calls)) continue;
    yield;
    const unit = compute(rowKey, versions.get(rowKey) ?? '', calls, graph, reader);
    if (!unit) {
      skipped.push(rowKey);
      continue;
    }
    current.set(rowKey, unit);
    computed.set(rowKey, unit);
    callers.replace(known, unit);
  }
  return { computed, removed, skipped };
}

const isDue = (
  rowKey: string,
  unit: LineageUnit | undefined,
  changed: ReadonlySet<string>,
): boolean =>
  hasUnit(rowKey) &&
  (!unit || changed.has(rowKey) || unit.dependsOn.some((each) => changed.has(each)));

/** Calls of pipelines that are due are read from their JSON, those of others from the unit. */
function calleesOf(
  versions: ReadonlyMap<string, string>,
  units: LineageUnits,
  due: ReadonlySet<string>,
  documents: FactoryDocuments,
): ReadonlyMap<string, readonly string[]> {
  const rowKeys = [...versions.keys()].filter(hasUnit);
  return new Map(
    rowKeys.map((rowKey) => [
      rowKey,
      due.has(rowKey) && rowKey.startsWith('pipeline|')
        ? namedCallees(documents.get(rowKey))
        : (units.get(rowKey)?.calls ?? []).map(({ callee }) => callee),
    ]),
  );
}

const namedCallees = (body: Json | undefined): string[] =>
  extractActivities(body ?? null).flatMap(({ body: activity }) => {
    if (typeOf(activity).toLowerCase() !== 'executepipeline') return [];
    const reference = getField(getField(activity, 'typeProperties'), 'pipeline');
    const name = getText(reference, 'referenceName');
    return name === undefined ? [] : [rowKeyOf('pipeline', name)];
  });

/** What all units of a computation are computed with. */
interface UnitInput {
  readonly documents: FactoryDocuments;
  readonly sql: SqlParser;
  readonly fixedDatasets: FixedDatasets;
}

function compute(
  rowKey: string,
  hash: string,
  calls: readonly PipelineCall[],
  { group, cycles }: CallGraph,
  { documents, sql, fixedDatasets }: UnitInput,
): LineageUnit | undefined {
  const body = documents.get(rowKey);
  if (body === undefined) return undefined;
  const input = { rowKey, hash, body };
  if (rowKey.startsWith('trigger|')) return triggerLineage(input, documents);
  if (rowKey.startsWith('changeDataCapture|')) return captureLineage(input, documents, sql);
  const isCyclic = cycles.has(group.get(rowKey) ?? -1);
  return pipelineLineage({ ...input, calls, isCyclic }, documents, sql, fixedDatasets);
}

/** Calls of each pipeline from outside of its own cycle. */
class CallerIndex {
  private readonly byCallee = new Map<string, Map<string, PipelineCall[]>>();

  constructor(
    private readonly graph: CallGraph,
    units: Iterable<LineageUnit>,
  ) {
    for (const unit of units) this.add(unit);
  }

  callsOf(callee: string): PipelineCall[] {
    const { group } = this.graph;
    return [...(this.byCallee.get(callee) ?? [])]
      .filter(([caller]) => group.get(caller) !== group.get(callee))
      .flatMap(([, calls]) => calls);
  }

  replace(before: LineageUnit | undefined, after: LineageUnit): void {
    for (const { callee } of before?.calls ?? []) this.byCallee.get(callee)?.delete(after.rowKey);
    this.add(after);
  }

  private add({ rowKey, calls }: LineageUnit): void {
    for (const call of calls) {
      const callers = this.byCallee.get(call.callee) ?? new Map<string, PipelineCall[]>();
      callers.set(rowKey, [...(callers.get(rowKey) ?? []), call]);
      this.byCallee.set(call.callee, callers);
    }
  }
}
