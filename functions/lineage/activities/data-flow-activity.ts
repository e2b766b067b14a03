/** Lineage of activities that execute a data flow. */
import { evaluate } from '../../data-factory/expressions/evaluate';
import { known, textOf, unknown, weakest, type Value } from '../../data-factory/expressions/value';
import type { Node, Statement } from '../../data-factory/data-flow-script/syntax';
import {
  getField,
  getText,
  isList,
  isObject,
  type Json,
  type JsonObject,
} from '../../data-factory/json';
import { toAsset, type NamedAsset } from '../assets/asset';
import { assetName } from '../assets/asset-name';
import type { DatasetLocation } from '../assets/dataset-location';
import type { Endpoint } from '../assets/endpoint';
import { dataFlowColumns, type DataFlowColumns } from '../columns/data-flow-columns';
import type { ColumnState, Evidence } from '../lineage-unit';
import type { ActivityContext } from './activity-context';
import { evidenceOf } from './copy-activity';
import { parameterValues, resolveDataset, resolveService } from './dataset-reference';

interface StreamEnd {
  readonly named: NamedAsset;
  readonly evidence: Evidence;
}

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

interface FlowContext {
  readonly columns: DataFlowColumns;
  readonly parameters: ReadonlyMap<string, Value>;
  readonly given: Json | undefined;
  readonly kind: 'reads' | 'writes';
  readonly settings: Json | undefined;
}

/** Assets of the sources or sinks, by lower-case name of the stream. */
function streams(
  context: ActivityContext,
  flow: Json,
  list: 'sources' | 'sinks',
  { columns, parameters, given, kind, settings }: FlowContext,
): ReadonlyMap<string, StreamEnd> {
  const declared = getField(getField(flow, 'typeProperties'), list);
  const all = [
    ...listOf(declared).map((stream) => ({ stream, pointer: '/typeProperties/dataFlow' })),
    ...(kind === 'writes' ? ownSinks(settings) : []),
  ];
  const found = new Map<string, StreamEnd>();
  for (const { stream, pointer } of all) {
    const name = getText(stream, 'name') ?? '';
    if (found.has(name.toLowerCase())) continue;
    const statement = columns.script?.statements.find(
      (each) => each.name.toLowerCase() === name.toLowerCase(),
    );
    const dataset = getField(stream, 'dataset');
    const named = isObject(dataset)
      ? resolveDataset(context, withParameters(dataset, getField(given, name)))?.named
      : inlineStream(context, stream, statement, parameters);
    if (!named) continue;
    const evidence = evidenceOf(pointer, getField(given, name) ?? dataset ?? null);
    context.activity.addEnd(kind, named, evidence);
    found.set(name.toLowerCase(), { named, evidence });
  }
  return found;
}

/** Sinks that the activity itself names, as those of Power Query flows do. */
function ownSinks(settings: Json | undefined) {
  const queries = listOf(getField(settings, 'queries'));
  return [
    ...listOf(getField(settings, 'sinks')).map((stream, index) => ({
      stream,
      pointer: `/typeProperties/sinks/${getText(stream, 'name') ?? index}/dataset`,
    })),
    ...queries.flatMap((query, index) =>
      listOf(getField(query, 'dataflowSinks')).map((stream, at) => ({
        stream,
        pointer: `/typeProperties/queries/${index}/dataflowSinks/${at}/dataset`,
      })),
    ),
  ];
}

/** A list, or an object by name: Power Query flows have had both. */
const listOf = (json: Json | undefined): readonly Json[] =>
  isList(json) ? json : isObject(json) ? Object.entries(json).map(withName) : [];

const withName = ([name, sink]: [string, Json]): Json =>
  isObject(sink) ? { name, ...sink } : { name };

const withParameters = (dataset: JsonObject, given: Json | undefined): Json => {
  const own = getField(dataset, 'parameters');
  const parameters = { ...(isObject(own) ? own : {}), ...(isObject(given) ? given : {}) };
  return { ...dataset, parameters };
};

/** A stream without a dataset: its options name the place. */
function inlineStream(
  context: ActivityContext,
  stream: Json,
  statement: Statement | undefined,
  parameters: ReadonlyMap<string, Value>,
): NamedAsset | undefined {
  const option = (...names: string[]) => optionValue(statement, names, parameters);
  const service = getField(stream, 'linkedService');
  const store = option('store');
  if (!isObject(service) && !store) return undefined;
  const file = option('fileName', 'wildcardPaths');
  const location: DatasetLocation = {
    type: store?.kind === 'known' ? textOf(store.value) : 'unknown',
    ...present('container', option('fileSystem', 'container', 'bucketName')),
    ...present('folder', option('folderPath')),
    ...present('file', file),
    ...present('schema', option('schemaName')),
    ...present('table', option('tableName', 'objectName', 'entity')),
  };
  const database = option('database');
  const endpoint: Endpoint = isObject(service)
    ? withDatabase(resolveService(context, service, context.scope, location), database)
    : workspaceDatabase(context, location, database);
  return toAsset(assetName(endpoint, location, context.factoryKey), context.pipelineKey);
}

const present = <K extends string>(key: K, value: Value | undefined) =>
  value === undefined ? {} : ({ [key]: value } as Record<K, Value>);

const withDatabase = (endpoint: Endpoint, database: Value | undefined): Endpoint =>
  database === undefined || endpoint.database ? endpoint : { ...endpoint, database };

/** A database of the Synapse workspace itself. */
const workspaceDatabase = (
  { factoryKey }: ActivityContext,
  { type }: DatasetLocation,
  database: Value | undefined,
): Endpoint => ({ type, host: known(factoryKey), ...(database && { database }) });

function optionValue(
  statement: Statement | undefined,
  names: readonly string[],
  parameters: ReadonlyMap<string, Value>,
): Value | undefined {
  for (const name of names) {
    const option = statement?.args.find(
      (each) => each.kind === 'option' && each.name.toLowerCase() === name.toLowerCase(),
    );
    if (option?.kind === 'option') return nodeValue(option.value, parameters);
  }
  return undefined;
}

/** A text, a parameter, or either in brackets. Other expressions are known at run time only. */
function nodeValue(node: Node, parameters: ReadonlyMap<string, Value>): Value {
  if (node.kind === 'literal') return known(node.value);
  if (node.kind === 'operation' && node.operands.length === 1)
    return nodeValue(node.operands[0]!, parameters);
  if (node.kind !== 'parameter') return unknown('data flow expression');
  const value = parameters.get(node.name.toLowerCase());
  if (value === undefined) return unknown(node.name);
  if (value.kind === 'pattern') return value;
  // A parameter holds an expression of the data flow: a text is in quotes.
  const [, , text] = /^\s*(["'])(.*)\1\s*$/s.exec(textOf(value.value)) ?? [];
  return text === undefined ? value : { ...value, value: text };
}

function addPairs(
  context: ActivityContext,
  { pairs }: DataFlowColumns,
  sources: ReadonlyMap<string, StreamEnd>,
  sinks: ReadonlyMap<string, StreamEnd>,
  isWrangling: boolean,
): void {
  const all = isWrangling
    ? [...sources.keys()].flatMap((source) =>
        [...sinks.keys()].map((sink) => ({ source, sink, columns: [], open: false })),
      )
    : pairs;
  for (const { source, sink, columns, open } of all) {
    const from = sources.get(source.toLowerCase());
    const to = sinks.get(sink.toLowerCase());
    if (!from || !to) continue;
    const columnState: ColumnState = open ? 'open' : columns.length > 0 ? 'explicit' : 'unknown';
    const onlyControls = columns.length > 0 && columns.every(({ type }) => type === 'INDIRECT');
    context.activity.addPair({
      source: from.named.asset.id,
      target: to.named.asset.id,
      type: onlyControls && !open ? 'INDIRECT' : 'DIRECT',
      confidence: weakest(from.named.confidence, to.named.confidence),
      ...to.evidence,
      columnState,
      ...(columns.length > 0 && { columns }),
    });
  }
}
