/** Lineage of activities that execute a data flow. */
import { evaluate } from '../../data-factory/expressions/evaluate';
import { textOf, weakest } from '../../data-factory/expressions/value';
import { getField, getText, type Json } from '../../data-factory/json';
import { throughQuery } from '../columns/copy-columns';
import { dataFlowColumns, type DataFlowColumns } from '../columns/data-flow-columns';
import type { ColumnPair, ColumnState } from '../lineage-unit';
import type { ActivityContext } from './activity-context';
import { streams, type StreamEnd } from './data-flow-streams';
import { parameterValues } from './dataset-reference';

export function dataFlowLineage(context: ActivityContext): void {
  const settings = getField(context.body, 'typeProperties');
  const reference = getField(settings, 'dataFlow') ?? null;
  const name = evaluate(getField(reference, 'referenceName'), context.scope, context.warn);
  if (name.kind === 'pattern' || name.value === null) {
    context.warn('The data flow of an activity is known at run time only.');
    return;
  }
  const flow = context.documents.properties('dataFlow', textOf(name.value));
  if (flow === undefined) {
    context.warn(`The factory has no data flow "${textOf(name.value)}".`);
    return;
  }
  const isWrangling = getText(flow, 'type')?.toLowerCase() === 'wranglingdataflow';
  const key = textOf(name.value).toLowerCase();
  const columns = context.unit.dataFlows.get(key) ?? columnsOf(context, flow, isWrangling);
  context.unit.dataFlows.set(key, columns);
  columns.warnings.forEach(context.warn);
  const parameters = parameterValues(
    undefined,
    getField(reference, 'parameters'),
    context.scope,
    context,
  );
  const given = getField(reference, 'datasetParameters');
  const end = (list: 'sources' | 'sinks', kind: 'reads' | 'writes') =>
    streams(context, flow, list, { columns, parameters, given, kind, settings });
  const sources = end('sources', 'reads');
  const sinks = end('sinks', 'writes');
  addPairs(context, columns, sources, sinks, isWrangling);
}

/** Power Query flows are written in another language, whose columns are not read. */
const columnsOf = (context: ActivityContext, flow: Json, isWrangling: boolean): DataFlowColumns =>
  isWrangling
    ? { pairs: [], script: undefined, warnings: [] }
    : dataFlowColumns(flow, (flowlet) => context.documents.properties('dataFlow', flowlet));

function addPairs(
  context: ActivityContext,
  { pairs }: DataFlowColumns,
  sources: ReadonlyMap<string, readonly StreamEnd[]>,
  sinks: ReadonlyMap<string, readonly StreamEnd[]>,
  isWrangling: boolean,
): void {
  const all = isWrangling
    ? [...sources.keys()].flatMap((source) =>
        [...sinks.keys()].map((sink) => ({ source, sink, columns: [], open: false })),
      )
    : pairs;
  for (const { source, sink, columns, open } of all) {
    for (const from of sources.get(source.toLowerCase()) ?? [])
      for (const to of sinks.get(sink.toLowerCase()) ?? [])
        addPair(context, from, to, columns, open);
  }
}

function addPair(
  context: ActivityContext,
  { named, query, reason }: StreamEnd,
  to: StreamEnd,
  declared: readonly ColumnPair[],
  isOpen: boolean,
): void {
  const open = isOpen && (query === undefined || query.columns?.all === true);
  const columns = query
    ? (throughQuery({ columnState: 'explicit', columns: declared }, query.columns, []).columns ??
      [])
    : declared;
  const columnState: ColumnState = open ? 'open' : columns.length > 0 ? 'explicit' : 'unknown';
  const onlyControls = declared.length > 0 && declared.every(({ type }) => type === 'INDIRECT');
  const isIndirect = reason !== undefined || query?.influence === 'INDIRECT';
  context.activity.addPair({
    source: named.asset.id,
    target: to.named.asset.id,
    type: isIndirect || (onlyControls && !isOpen) ? 'INDIRECT' : 'DIRECT',
    confidence: weakest(named.confidence, to.named.confidence),
    ...to.evidence,
    columnState,
    ...(columns.length > 0 && { columns }),
    ...(reason !== undefined && { reason }),
  });
}
