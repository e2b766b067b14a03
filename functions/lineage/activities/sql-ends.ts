/** Ends of an activity that a SQL text names. */
import { joinTexts, known, unknown, type Value } from '../../data-factory/expressions/value';
import { toAsset, type NamedAsset } from '../assets/asset';
import { assetName, queriedTable } from '../assets/asset-name';
import { qualified } from '../assets/dataset-location';
import type { Endpoint } from '../assets/endpoint';
import { storeOf } from '../assets/stores';
import type { Evidence } from '../lineage-unit';
import { sqlTables, type QualifiedName } from '../sql/sql-tables';
import type { ActivityContext } from './activity-context';

export interface SqlEnds {
  readonly reads: readonly NamedAsset[];
  readonly writes: readonly NamedAsset[];
  readonly executes: readonly NamedAsset[];
  readonly reason?: string;
}

/** Whether queries of the store are SQL over tables of a schema. */
export const speaksSql = ({ type }: Endpoint): boolean =>
  ['schema', 'database'].includes(storeOf(type).form);

export function sqlEnds(context: ActivityContext, endpoint: Endpoint, sql: Value): SqlEnds {
  const { reads, writes, executes, reason } = sqlTables(context.sql, sql, endpoint.type);
  const assets = (names: readonly QualifiedName[]) =>
    names.map((parts) =>
      toAsset(queriedTable(endpoint, parts, context.factoryKey), context.pipelineKey),
    );
  return {
    reads: assets(reads),
    writes: assets(writes),
    executes: assets(executes),
    ...(reason !== undefined && { reason }),
  };
}

/** Stands for the tables of a text that is not understood. Each text has its own. */
export function unreadText(
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

/** Adds the ends of a script, and a pair for each table read and each table written by it. */
export function addScript(
  context: ActivityContext,
  endpoint: Endpoint,
  sql: Value,
  evidence: Evidence,
): void {
  const { activity } = context;
  const { reads, writes, executes, reason } = sqlEnds(context, endpoint, sql);
  const options = reason === undefined ? {} : { reason };
  for (const each of reads) activity.addEnd('reads', each, evidence, options);
  for (const each of writes) activity.addEnd('writes', each, evidence, options);
  for (const each of executes) activity.addEnd('executes', each, evidence, options);
  if (reads.length + writes.length + executes.length === 0 && reason !== undefined)
    activity.addEnd(
      'executes',
      unreadText(context, endpoint, 'script', sql.reads),
      evidence,
      options,
    );
  const isExact = writes.length === 1 && reason === undefined;
  for (const source of reads)
    for (const target of writes)
      activity.addPair({
        source: source.asset.id,
        target: target.asset.id,
        type: isExact ? 'DIRECT' : 'INDIRECT',
        confidence: target.confidence,
        columnState: 'unknown',
        ...evidence,
        ...options,
      });
}
