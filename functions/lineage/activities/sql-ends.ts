/** Ends of an activity that a SQL text names. */
import {
  joinTexts,
  known,
  unknown,
  weakest,
  type Value,
} from '../../data-factory/expressions/value';
import { toAsset, type NamedAsset } from '../assets/asset';
import { assetName, queriedTable } from '../assets/asset-name';
import { qualified } from '../assets/dataset-location';
import type { Endpoint } from '../assets/endpoint';
import { storeOf } from '../assets/stores';
import type { Evidence, Influence } from '../lineage-unit';
import type { ReadColumns } from '../sql/result-columns';
import { sqlTables, type QualifiedName } from '../sql/sql-tables';
import type { ActivityContext } from './activity-context';

/** A table or procedure whose rows a statement uses. */
export interface SqlResult {
  readonly named: NamedAsset;
  readonly influence: Influence;
  /** Columns of the result that come from it. Absent if they are not known. */
  readonly columns?: ReadColumns;
}

/** What the rows of a query come from. */
export interface SqlResults {
  readonly results: readonly SqlResult[];
  /** Why a part of the text is not understood. */
  readonly reason?: string;
}

/** Kind of end and name of a text of which nothing is understood. */
export interface UnreadText {
  readonly kind: 'reads' | 'executes';
  readonly name: string;
}

/** Assets of one statement. */
export interface SqlEnds {
  readonly reads: readonly SqlResult[];
  readonly writes: readonly NamedAsset[];
  readonly executes: readonly NamedAsset[];
  /** True if the rows are returned, and not written anywhere. */
  readonly isResult: boolean;
}

/** Whether queries of the store are SQL over tables of a schema. */
export const speaksSql = ({ type }: Endpoint): boolean =>
  ['schema', 'database'].includes(storeOf(type).form);

function sqlEnds(context: ActivityContext, endpoint: Endpoint, sql: Value) {
  const { flows, reason } = sqlTables(context.sql, sql, endpoint.type);
  const asset = (parts: QualifiedName) =>
    toAsset(queriedTable(endpoint, parts, context.factoryKey), context.pipelineKey);
  const ends = flows.map(({ reads, writes, executes, isResult }): SqlEnds => ({
    reads: reads.map(({ name, ...read }) => ({ ...read, named: asset(name) })),
    writes: writes.map(asset),
    executes: executes.map(asset),
    isResult,
  }));
  return { ends, ...(reason !== undefined && { reason }) };
}

/** Stands for the tables of a text that is not understood. Each text has its own. */
function unreadText(
  context: ActivityContext,
  endpoint: Endpoint,
  name: string,
  reads: readonly string[] = [],
): NamedAsset {
  const { database } = endpoint;
  const text = unknown(name, reads);
  const named = assetName(endpoint, { type: endpoint.type, table: text }, context.factoryKey);
  const own = database ? joinTexts([database, known('.'), text]) : text;
  return toAsset({ ...named, name: own }, `${context.pipelineKey}/${name}`);
}

/** A stored procedure as an asset that activities execute. */
export function procedure(context: ActivityContext, endpoint: Endpoint, name: Value): NamedAsset {
  const location = { type: endpoint.type, ...qualified(name) };
  const named = assetName(endpoint, location, context.factoryKey);
  return toAsset({ ...named, type: 'StoredProcedure' }, context.pipelineKey);
}

/**
 * Adds the ends of a SQL text, and a pair for each table read and each table written by one statement.
 * A text of which nothing is understood is an end itself, of the kind given.
 */
export function addSql(
  context: ActivityContext,
  endpoint: Endpoint,
  sql: Value,
  evidence: Evidence,
  unread: UnreadText,
): SqlResults {
  const { activity } = context;
  const { ends, reason } = sqlEnds(context, endpoint, sql);
  const options = reason === undefined ? {} : { reason };
  for (const { reads } of ends)
    for (const { named } of reads) activity.addEnd('reads', named, evidence, options);
  for (const { writes } of ends)
    for (const each of writes) activity.addEnd('writes', each, evidence, options);
  for (const { executes } of ends)
    for (const each of executes) activity.addEnd('executes', each, evidence, options);
  for (const each of ends)
    for (const source of sourcesOf(each))
      for (const target of each.writes)
        activity.addPair({
          source: source.named.asset.id,
          target: target.asset.id,
          type: reason === undefined ? source.influence : 'INDIRECT',
          confidence: weakest(source.named.confidence, target.confidence),
          columnState: 'unknown',
          ...evidence,
          ...options,
        });
  const results = ends.filter(({ isResult }) => isResult).flatMap(sourcesOf);
  if (ends.length > 0 || reason === undefined) return { results, ...options };
  return addUnread(context, endpoint, sql, evidence, unread, reason);
}

/** Adds a template for all that a text of which nothing is understood may use. */
export function addUnread(
  context: ActivityContext,
  endpoint: Endpoint,
  text: Value,
  evidence: Evidence,
  unread: UnreadText,
  reason = 'The query cannot be parsed.',
): SqlResults {
  const named = unreadText(context, endpoint, unread.name, text.reads);
  context.activity.addEnd(unread.kind, named, evidence, { reason });
  return { results: [{ named, influence: 'INDIRECT' }], reason };
}

const sourcesOf = ({ reads, executes }: SqlEnds): readonly SqlResult[] => [
  ...reads,
  ...executes.map((named) => ({ named, influence: 'DIRECT' as const })),
];
