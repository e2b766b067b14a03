/** Lineage of Copy and Lookup: datasets, queries, stored procedures, file patterns and side copies. */
import { evaluate, type Warn } from '../../data-factory/expressions/evaluate';
import type { Scope } from '../../data-factory/expressions/scope';
import { known, textOf, weakest, type Value } from '../../data-factory/expressions/value';
import { getField, getText, isList, isObject, type Json } from '../../data-factory/json';
import { toAsset, type NamedAsset } from '../assets/asset';
import { assetName } from '../assets/asset-name';
import type { DatasetLocation } from '../assets/dataset-location';
import type { Endpoint } from '../assets/endpoint';
import { copyColumns, throughQuery } from '../columns/copy-columns';
import type { Evidence } from '../lineage-unit';
import type { ActivityContext } from './activity-context';
import { resolveDataset, resolveService } from './dataset-reference';
import { addQuery } from './source-query';
import { procedure, type SqlResult } from './sql-ends';
import { expressionIn } from './unit-builder';

interface Source {
  readonly named: NamedAsset;
  readonly evidence: Evidence;
  readonly columns: readonly string[];
  /** What the result of a query takes from it. */
  readonly query?: SqlResult;
  readonly reason?: string;
}

export function copyLineage(context: ActivityContext): void {
  const { body, activity } = context;
  const settings = getField(body, 'typeProperties');
  const source = getField(settings, 'source');
  const sink = getField(settings, 'sink');
  const sources = references(body, 'inputs').flatMap(({ reference, evidence }) =>
    readSource(context, reference, source, evidence),
  );
  const targets = references(body, 'outputs').flatMap(({ reference, evidence }) =>
    writeSink(context, reference, sink, evidence),
  );
  for (const from of sources)
    for (const { named, columns, evidence } of targets) {
      const declared = copyColumns(settings, source, from.columns, columns, context);
      const mapping = from.query ? throughQuery(declared, from.query.columns, columns) : declared;
      activity.addPair({
        source: from.named.asset.id,
        target: named.asset.id,
        type: from.reason === undefined ? (from.query?.influence ?? 'DIRECT') : 'INDIRECT',
        confidence: weakest(from.named.confidence, named.confidence),
        ...evidence,
        ...mapping,
        ...(from.reason !== undefined && { reason: from.reason }),
      });
    }
  for (const { named, mark, pointer } of sideCopies(context, settings))
    activity.addEnd('writes', named, { pointer }, { mark });
}

export function lookupLineage(context: ActivityContext): void {
  const settings = getField(context.body, 'typeProperties');
  const reference = getField(settings, 'dataset');
  if (!isObject(reference)) return;
  const evidence = evidenceOf('/typeProperties/dataset', reference);
  readSource(context, reference, getField(settings, 'source'), evidence);
}

const queryFields = ['sqlReaderQuery', 'oracleReaderQuery', 'query'];

/** Adds what is read. The tables of a query replace the table of the dataset. */
function readSource(
  context: ActivityContext,
  reference: Json,
  source: Json | undefined,
  evidence: Evidence,
): Source[] {
  const { activity, scope, warn } = context;
  const resolved = resolveDataset(context, reference, (location) =>
    withPatterns(location, getField(source, 'storeSettings') ?? source, scope, warn),
  );
  if (!resolved) return [];
  const { endpoint, columns } = resolved;
  const procedureName = evaluateField(context, source, 'sqlReaderStoredProcedureName');
  if (procedureName) {
    const named = procedure(context, endpoint, procedureName);
    const own = { pointer: '/typeProperties/source/sqlReaderStoredProcedureName' };
    activity.addEnd('executes', named, own);
    return [{ named, evidence: own, columns }];
  }
  const field = queryFields.find((name) => evaluateField(context, source, name) !== undefined);
  const query = field === undefined ? undefined : evaluateField(context, source, field);
  const found =
    field !== undefined && query
      ? readQuery(context, endpoint, query, {
          pointer: `/typeProperties/source/${field}`,
          ...expressionOf(getField(source, field)),
        })
      : undefined;
  if (found) return found;
  activity.addEnd('reads', resolved.named, evidence);
  return [{ named: resolved.named, evidence, columns }];
}

/** Tables whose rows the query returns are read by the activity. What it writes is an end of its own. */
function readQuery(
  context: ActivityContext,
  endpoint: Endpoint,
  query: Value,
  evidence: Evidence,
): Source[] | undefined {
  const found = addQuery(context, endpoint, query, evidence);
  return found?.results.map((each) => ({
    named: each.named,
    evidence,
    columns: [],
    query: each,
    ...(found.reason !== undefined && { reason: found.reason }),
  }));
}

function writeSink(
  context: ActivityContext,
  reference: Json,
  sink: Json | undefined,
  evidence: Evidence,
): Source[] {
  const resolved = resolveDataset(context, reference);
  if (!resolved) return [];
  const { endpoint, columns } = resolved;
  const writer = evaluateField(context, sink, 'sqlWriterStoredProcedureName');
  if (!writer) {
    context.activity.addEnd('writes', resolved.named, evidence);
    return [{ named: resolved.named, evidence, columns }];
  }
  const named = procedure(context, endpoint, writer);
  const own = { pointer: '/typeProperties/sink/sqlWriterStoredProcedureName' };
  context.activity.addEnd('executes', named, own);
  // Without the name of the parameter, the table of the dataset is that name (Azure docs, "Invoke a
  // stored procedure from a SQL sink").
  if (evaluateField(context, sink, 'storedProcedureTableTypeParameterName'))
    addMergedTable(context, named, resolved.named, evidence);
  return [{ named, evidence: own, columns }];
}

const decidedByProcedure = 'The stored procedure decides what it writes to the table of the sink.';

/** The procedure merges the rows into the table of the dataset. */
function addMergedTable(
  { activity }: ActivityContext,
  merger: NamedAsset,
  table: NamedAsset,
  evidence: Evidence,
): void {
  activity.addEnd('writes', table, evidence, { reason: decidedByProcedure });
  activity.addPair({
    source: merger.asset.id,
    target: table.asset.id,
    type: 'INDIRECT',
    confidence: weakest(merger.confidence, table.confidence),
    columnState: 'unknown',
    ...evidence,
    reason: decidedByProcedure,
  });
}

/** Wildcards, a prefix or a list of files replace the path of the dataset. */
export function withPatterns(
  location: DatasetLocation,
  settings: Json | undefined,
  scope: Scope,
  warn: Warn,
): DatasetLocation {
  const value = (name: string) => nonEmpty(evaluate(getField(settings, name), scope, warn));
  const folder = value('wildcardFolderPath');
  const file = value('wildcardFileName');
  const prefix = value('prefix');
  const list = value('fileListPath');
  if (list) return { ...withoutPath(location), file: list };
  if (prefix) return { ...withoutPath(location), file: joined(prefix, '*') };
  if (!folder && !file) return location;
  const own = folder ?? location.folder;
  return { ...withoutPath(location), ...(own && { folder: own }), ...(file && { file }) };
}

export function withoutPath({
  folder: _folder,
  file: _file,
  ...rest
}: DatasetLocation): DatasetLocation {
  return rest;
}

const joined = (value: Value, end: string): Value =>
  value.kind === 'known'
    ? { ...value, value: `${textOf(value.value)}${end}` }
    : { ...value, parts: [...value.parts, end] };

/** Staging, refused rows and logs are written beside the data. */
function* sideCopies(context: ActivityContext, settings: Json | undefined) {
  const places = [
    ['staging', 'stagingSettings', ''],
    ['log', 'redirectIncompatibleRowSettings', ''],
    ['log', 'logStorageSettings', ''],
    ['log', 'logSettings', 'logLocationSettings'],
  ] as const;
  for (const [mark, name, inner] of places) {
    const outer = getField(settings, name);
    const place = inner === '' ? outer : getField(outer, inner);
    const reference = getField(place, 'linkedServiceName');
    if (!isObject(reference)) continue;
    if (mark === 'staging' && getField(settings, 'enableStaging') === false) continue;
    const path = nonEmpty(evaluate(getField(place, 'path'), context.scope, context.warn));
    const [container, ...rest] = path?.kind === 'known' ? textOf(path.value).split('/') : [];
    const location: DatasetLocation = {
      type: 'AzureBlob',
      ...(container !== undefined && { container: known(container) }),
      ...(rest.length > 0 && { folder: known(rest.join('/')) }),
      ...(path?.kind === 'pattern' && { container: path }),
    };
    const endpoint = resolveService(context, reference, context.scope, location);
    const named = toAsset(assetName(endpoint, location, context.factoryKey), context.pipelineKey);
    yield { named, mark, pointer: `/typeProperties/${name}${inner === '' ? '' : `/${inner}`}` };
  }
}

interface FoundReference {
  readonly reference: Json;
  readonly evidence: Evidence;
}

function references(body: Json, field: string): FoundReference[] {
  const list = getField(body, field);
  const items = isList(list) ? list : isObject(list) ? [list] : [];
  return items.flatMap((reference, index) =>
    getField(reference, 'referenceName') === undefined
      ? []
      : [{ reference, evidence: evidenceOf(`/${field}/${index}`, reference) }],
  );
}

export const evidenceOf = (pointer: string, reference: Json): Evidence => ({
  pointer,
  ...expressionOf(reference),
});

const expressionOf = (json: Json | undefined) => {
  const expression = expressionIn(json);
  return expression === undefined ? {} : { expression };
};

export function evaluateField(
  { scope, warn }: Pick<ActivityContext, 'scope' | 'warn'>,
  json: Json | undefined,
  name: string,
): Value | undefined {
  return nonEmpty(evaluate(getField(json, name), scope, warn));
}

const nonEmpty = (value: Value): Value | undefined =>
  value.kind === 'pattern' ||
  (value.value !== null && typeof value.value !== 'object' && textOf(value.value).trim() !== '')
    ? value
    : undefined;

export const typeOf = (body: Json) => getText(body, 'type') ?? 'unknown';
