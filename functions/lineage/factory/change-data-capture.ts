/** Lineage of a change data capture: pairs of its sources and targets with their column mappings. */
import { known, unknown, weakest, type Value } from '../../data-factory/expressions/value';
import { getField, getText, isList, type Json } from '../../data-factory/json';
import type { ActivityContext } from '../activities/activity-context';
import { resolveService } from '../activities/dataset-reference';
import { FixedDatasets } from '../activities/fixed-datasets';
import { ActivityBuilder, UnitBuilder } from '../activities/unit-builder';
import { toAsset, type NamedAsset } from '../assets/asset';
import { assetName } from '../assets/asset-name';
import { qualified, type DatasetLocation } from '../assets/dataset-location';
import { storeOf } from '../assets/stores';
import { UnitDocuments, type FactoryDocuments } from '../documents';
import type { ColumnPair, LineageUnit } from '../lineage-unit';
import type { SqlParser } from '../sql/sql-parser';

interface Entity {
  readonly name: string;
  readonly named: NamedAsset;
  readonly pointer: string;
}

export function captureLineage(
  { rowKey, hash, body }: { rowKey: string; hash: string; body: Json },
  documents: FactoryDocuments,
  sql: SqlParser,
): LineageUnit {
  const own = new UnitDocuments(documents);
  const unit = new UnitBuilder();
  const name = getText(body, 'name') ?? rowKey;
  const activity = new ActivityBuilder(unit, '', 'ChangeDataCapture', false);
  const context: ActivityContext = {
    documents: own,
    fixedDatasets: new FixedDatasets(),
    scope: { factoryName: documents.factory.name },
    sql,
    unit,
    activity,
    body,
    outputs: new Map(),
    pipelineKey: `${documents.factory.name}/${name}`,
    factoryKey: documents.factory.name,
    warn: unit.warn,
  };
  const properties = getField(body, 'properties');
  const sources = entities(context, properties, 'sourceConnectionsInfo', 'sourceEntities');
  const targets = entities(context, properties, 'targetConnectionsInfo', 'targetEntities');
  for (const each of sources) activity.addEnd('reads', each.named, { pointer: each.pointer });
  for (const each of targets) activity.addEnd('writes', each.named, { pointer: each.pointer });
  for (const [index, info] of listOf(getField(properties, 'targetConnectionsInfo')).entries())
    for (const [at, mapping] of listOf(getField(info, 'dataMapperMappings')).entries()) {
      const source = find(sources, getText(mapping, 'sourceEntityName'));
      const target = find(targets, getText(mapping, 'targetEntityName'));
      if (!source || !target) continue;
      const columns = attributePairs(getField(mapping, 'attributeMappingInfo'));
      activity.addPair({
        source: source.named.asset.id,
        target: target.named.asset.id,
        type: 'DIRECT',
        confidence: weakest(source.named.confidence, target.named.confidence),
        pointer: `/properties/targetConnectionsInfo/${index}/dataMapperMappings/${at}`,
        columnState: columns.length > 0 ? 'explicit' : 'unknown',
        ...(columns.length > 0 && { columns }),
      });
    }
  const result = activity.result();
  return {
    rowKey,
    name,
    hash,
    dependsOn: [...own.read].sort(),
    binding: '',
    calls: [],
    activities: result.ends.length > 0 ? [result] : [],
    assets: [...unit.assets.values()],
    warnings: unit.warnings,
  };
}

function entities(
  context: ActivityContext,
  properties: Json | undefined,
  list: string,
  field: string,
): Entity[] {
  return listOf(getField(properties, list)).flatMap((info, index) => {
    const connection = getField(info, 'connection');
    const type = getText(connection, 'type') ?? 'unknown';
    const reference = getField(connection, 'linkedService');
    const endpoint = resolveService(context, reference, context.scope, { type });
    return listOf(getField(info, field)).map((entity, at): Entity => {
      const name = getText(entity, 'name') ?? '';
      const location = { type: endpoint.type, ...placeOf(entity, connection, name, endpoint.type) };
      return {
        name,
        named: toAsset(assetName(endpoint, location, context.factoryKey), context.pipelineKey),
        pointer: `/properties/${list}/${index}/${field}/${at}`,
      };
    });
  });
}

/** The place that the properties of the connector name, or the name of the entity. */
function placeOf(
  entity: Json,
  connection: Json | undefined,
  name: string,
  type: string,
): Omit<DatasetLocation, 'type'> {
  const options = [
    ...listOf(getField(getField(entity, 'properties'), 'dslConnectorProperties')),
    ...listOf(getField(connection, 'commonDslConnectorProperties')),
  ];
  const option = (...names: readonly string[]): Value | undefined => {
    const found = options.find((each) =>
      names.includes(getText(each, 'name')?.toLowerCase() ?? ''),
    );
    const value = getText(found, 'value');
    return value === undefined || value === '' ? undefined : known(value);
  };
  const table = option('tablename');
  const schema = option('schemaname');
  if (table) return { table, ...(schema && { schema }) };
  const container = option('filesystem', 'container', 'bucketname');
  const folder = option('folderpath');
  if (container) return { container, ...(folder && { folder }) };
  if (name === '') return { table: unknown('entity') };
  if (storeOf(type).form !== 'path') return qualified(known(name));
  const [first = '', ...path] = name.replace(/^\/+/, '').split('/');
  return { container: known(first), ...(path.length > 0 && { folder: known(path.join('/')) }) };
}

const find = (list: readonly Entity[], name: string | undefined) =>
  list.find((each) => each.name.toLowerCase() === name?.toLowerCase());

function attributePairs(info: Json | undefined): ColumnPair[] {
  return listOf(getField(info, 'attributeMappings')).flatMap((mapping): ColumnPair[] => {
    const target = getText(mapping, 'name');
    const references = [
      getField(mapping, 'attributeReference'),
      ...listOf(getField(mapping, 'attributeReferences')),
    ];
    return references.flatMap((each): ColumnPair[] => {
      const source = getText(each, 'name');
      return target !== undefined && source !== undefined
        ? [{ source, target, type: 'DIRECT' }]
        : [];
    });
  });
}

const listOf = (json: Json | undefined): readonly Json[] => (isList(json) ? json : []);
