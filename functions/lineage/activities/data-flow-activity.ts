/** Lineage of activities that execute a data flow. */
import { evaluate } from '../../data-factory/expressions/evaluate';
import { textOf, weakest } from '../../data-factory/expressions/value';
import { getField, getText, type Json } from '../../data-factory/json';
import { throughQuery } from '../columns/copy-columns';
import {
  dataFlowColumns,
  type DataFlowColumns,
  type StreamPair,
} from '../columns/data-flow-columns';
import { sourcesOfQuery } from '../columns/power-query';
import type { ColumnState } from '../lineage-unit';
import type { ActivityContext } from './activity-context';
import { queriesOfSinks, streams, type StreamEnd } from './data-flow-streams';
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
  const pairs = isWrangling
    ? queryPairs(flow, settings, [...sources.keys()], [...sinks.keys()])
    : columns.pairs;
  addPairs(context, pairs, sources, sinks);
}

/** Power Query flows are written in another language, whose columns are not read. */
const columnsOf = (context: ActivityContext, flow: Json, isWrangling: boolean): DataFlowColumns =>
  isWrangling
    ? { pairs: [], script: undefined, warnings: [] }
    : dataFlowColumns(flow, (flowlet) => context.documents.properties('dataFlow', flowlet));

interface EndPair extends Pick<StreamPair, 'source' | 'sink' | 'columns' | 'open'> {
  readonly reason?: string;
}

function addPairs(
  context: ActivityContext,
  pairs: readonly EndPair[],
  sources: ReadonlyMap<string, readonly StreamEnd[]>,
  sinks: ReadonlyMap<string, readonly StreamEnd[]>,
): void {
  for (const pair of pairs)
    for (const from of sources.get(pair.source.toLowerCase()) ?? [])
      for (const to of sinks.get(pair.sink.toLowerCase()) ?? []) addPair(context, from, to, pair);
}

/** Each sink of a Power Query flow has a query, which uses some of the sources. */
function queryPairs(
  flow: Json,
  settings: Json | undefined,
  sources: readonly string[],
  sinks: readonly string[],
): readonly EndPair[] {
  const script = getText(getField(flow, 'typeProperties'), 'script') ?? '';
  const queries = queriesOfSinks(settings);
  return sinks.flatMap((sink) => {
    const query = queries.get(sink);
    const used = query === undefined ? undefined : sourcesOfQuery(script, query, sources);
    const isKnown = used !== undefined || (sources.length === 1 && sinks.length === 1);
    return (used ?? sources).map((source) => ({
      source,
      sink,
      columns: [],
      open: false,
      ...(!isKnown && { reason: 'The script does not say which sources the sink uses.' }),
    }));
  });
}

function addPair(
  context: ActivityContext,
  from: StreamEnd,
  to: StreamEnd,
  { columns: declared, open: isOpen, ...pair }: EndPair,
): void {
  const { named, query, reason = pair.reason } = from;
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
