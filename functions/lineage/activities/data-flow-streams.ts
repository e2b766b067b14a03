/** Ends of the sources and sinks of a data flow. */
import { known, textOf, type Value } from '../../data-factory/expressions/value';
import {
  getField,
  getText,
  isList,
  isObject,
  type Json,
  type JsonObject,
} from '../../data-factory/json';
import { toAsset, type NamedAsset } from '../assets/asset';
import { assetName, pathOf } from '../assets/asset-name';
import type { DatasetLocation } from '../assets/dataset-location';
import type { Endpoint } from '../assets/endpoint';
import { isCache, type DataFlowColumns } from '../columns/data-flow-columns';
import type { Evidence } from '../lineage-unit';
import type { ActivityContext } from './activity-context';
import { evidenceOf, withoutPath } from './copy-activity';
import { resolveDataset, resolveService } from './dataset-reference';
import type { ResolvedDataset } from './fixed-datasets';
import { addQuery } from './source-query';
import { procedure, type SqlResult } from './sql-ends';
import { optionValues } from './stream-options';
import { matchesWildcards } from './wildcards';

export interface StreamEnd {
  readonly named: NamedAsset;
  readonly evidence: Evidence;
  /** What the query of a source takes from it. */
  readonly query?: SqlResult;
  readonly reason?: string;
}

export interface FlowContext {
  readonly columns: DataFlowColumns;
  readonly parameters: ReadonlyMap<string, Value>;
  readonly given: Json | undefined;
  readonly kind: 'reads' | 'writes';
  readonly settings: Json | undefined;
}

/** Ends of the sources or sinks, by lower-case name of the stream. Adds them to the activity. */
export function streams(
  context: ActivityContext,
  flow: Json,
  list: 'sources' | 'sinks',
  { columns, parameters, given, kind, settings }: FlowContext,
): ReadonlyMap<string, readonly StreamEnd[]> {
  const declared = getField(getField(flow, 'typeProperties'), list);
  const all = [
    ...listOf(declared).map((stream) => ({ stream, pointer: '/typeProperties/dataFlow' })),
    ...(kind === 'writes' ? ownSinks(settings) : []),
  ];
  const found = new Map<string, readonly StreamEnd[]>();
  for (const { stream, pointer } of all) {
    const name = getText(stream, 'name') ?? '';
    const key = name.toLowerCase();
    if (found.has(key)) continue;
    const statement = columns.script?.statements.find((each) => each.name.toLowerCase() === key);
    if (statement && isCache(statement)) continue;
    const dataset = getField(stream, 'dataset');
    const option: Options = (...names) => optionValues(statement, names, parameters);
    const place = isObject(dataset)
      ? resolveDataset(context, withParameters(dataset, getField(given, name)))
      : inlineStream(context, stream, option);
    if (!place) continue;
    const evidence = evidenceOf(pointer, getField(given, name) ?? dataset ?? null);
    found.set(
      key,
      kind === 'writes'
        ? writeStream(context, place, evidence)
        : readStream(context, place, option, evidence),
    );
  }
  return found;
}

/** Values of the first of the options that a stream has. */
type Options = (...names: readonly string[]) => readonly Value[];

type Place = Pick<ResolvedDataset, 'endpoint' | 'location' | 'named'>;

function writeStream(context: ActivityContext, { named }: Place, evidence: Evidence): StreamEnd[] {
  context.activity.addEnd('writes', named, evidence);
  return [{ named, evidence }];
}

/** A query, a procedure or wildcards replace the table or path of a source. */
function readStream(
  context: ActivityContext,
  { endpoint, location, named }: Place,
  option: Options,
  evidence: Evidence,
): StreamEnd[] {
  const [procedureName] = option('storedProcedureName', 'procedureName');
  if (procedureName) {
    const executed = procedure(context, endpoint, procedureName);
    context.activity.addEnd('executes', executed, evidence);
    return [{ named: executed, evidence }];
  }
  const [query] = option('query');
  const found = query && addQuery(context, endpoint, query, evidence);
  if (found)
    return found.results.map((each) => ({
      named: each.named,
      evidence,
      query: each,
      ...(found.reason !== undefined && { reason: found.reason }),
    }));
  const own = option('wildcardPaths').map((path) =>
    matching(context, { endpoint, location, named }, path),
  );
  const distinct = new Map((own.length > 0 ? own : [named]).map((each) => [each.asset.id, each]));
  return [...distinct.values()].map((each) => {
    context.activity.addEnd('reads', each, evidence);
    return { named: each, evidence };
  });
}

/**
 * The place of the dataset if the wildcards only choose among its files, so that it stays the one that
 * others write. Otherwise the folder of the files, or the wildcards.
 */
function matching(
  { factoryKey, pipelineKey }: ActivityContext,
  { endpoint, location, named }: Place,
  path: Value,
): NamedAsset {
  const at = (file: Value) =>
    toAsset(assetName(endpoint, { ...withoutPath(location), file }, factoryKey), pipelineKey);
  if (path.kind === 'pattern') return at(path);
  const wildcards = textOf(path.value).replace(/^\/+|\/+$/g, '');
  const [, folder = '', file = ''] = /^(?:(.*)\/)?([^/]*)$/s.exec(wildcards) ?? [];
  const own = pathOf(location);
  const place = own?.kind === 'known' ? textOf(own.value) : undefined;
  if (place === folder || (place !== undefined && matchesWildcards(place, wildcards))) return named;
  const isFolder = folder !== '' && !/[*?[{]/.test(folder) && file.includes('*');
  return at({ ...path, value: isFolder ? folder : wildcards });
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

/** Queries of a Power Query flow by their sinks, all in lower case. */
export function queriesOfSinks(settings: Json | undefined): ReadonlyMap<string, string> {
  const declared = getField(settings, 'sinks');
  const bySink = isObject(declared)
    ? Object.entries(declared).map(
        ([query, sink]) => [getText(sink, 'name') ?? query, query] as const,
      )
    : [];
  const byQuery = listOf(getField(settings, 'queries')).flatMap((each) =>
    listOf(getField(each, 'dataflowSinks')).map(
      (sink) => [getText(sink, 'name') ?? '', getText(each, 'queryName') ?? ''] as const,
    ),
  );
  return new Map(
    [...bySink, ...byQuery].map(([sink, query]) => [sink.toLowerCase(), query.toLowerCase()]),
  );
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
function inlineStream(context: ActivityContext, stream: Json, option: Options): Place | undefined {
  const service = getField(stream, 'linkedService');
  const [store] = option('store');
  if (!isObject(service) && !store) return undefined;
  const [file] = option('fileName', 'wildcardPaths');
  const location: DatasetLocation = {
    type: store?.kind === 'known' ? textOf(store.value) : 'unknown',
    ...present('container', option('fileSystem', 'container', 'bucketName')[0]),
    ...present('folder', option('folderPath')[0]),
    ...present('file', file),
    ...present('schema', option('schemaName')[0]),
    ...present('table', option('tableName', 'objectName', 'entity')[0]),
  };
  const [database] = option('database');
  const endpoint: Endpoint = isObject(service)
    ? withDatabase(resolveService(context, service, context.scope, location), database)
    : workspaceDatabase(context, location, database);
  const named = toAsset(assetName(endpoint, location, context.factoryKey), context.pipelineKey);
  return { endpoint, location, named };
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
