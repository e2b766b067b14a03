/** Columns that Data Factory declares for the datasets of an activity. */
import { getField, getText, isList, type Json } from '../../data-factory/json';
import { rowKeyOf } from '../../data-factory/resource-id';
import type { ActivityLineage } from '../../lineage/lineage-unit';
import type { DeclaredSchemas, SchemaField } from './job-datasets';

const maxFields = 2_000;

/** By id of the asset. Pointers of the evidence lead from the activity to its datasets. */
export function declaredSchemas(
  lineage: ActivityLineage | undefined,
  activity: Json | undefined,
  bodies: (rowKey: string) => Json | undefined,
): DeclaredSchemas {
  const schemas = new Map<string, readonly SchemaField[]>();
  for (const { asset, pointer } of lineage?.ends ?? []) {
    const reference = at(activity, pointer);
    const name = getText(reference, 'referenceName');
    if (name === undefined || /^@(?!@)|@\{/.test(name)) continue;
    const dataset = bodies(rowKeyOf('dataset', name));
    const fields = fieldsOf(getField(dataset, 'properties'));
    if (fields.length > 0) schemas.set(asset, fields);
  }
  return schemas;
}

/** `schema`, or `structure` of older datasets. */
function fieldsOf(properties: Json | undefined): readonly SchemaField[] {
  const schema = getField(properties, 'schema');
  const columns = isList(schema) && schema.length > 0 ? schema : getField(properties, 'structure');
  if (!isList(columns)) return [];
  return columns.slice(0, maxFields).flatMap((column): SchemaField[] => {
    const name = getText(column, 'name');
    const type = getText(column, 'type');
    return name === undefined ? [] : [{ name, ...(type !== undefined && { type }) }];
  });
}

/** A list of one may be written as its item. */
function at(json: Json | undefined, pointer: string): Json | undefined {
  let found = json;
  for (const part of pointer.split('/').slice(1)) {
    if (isList(found)) found = found[Number(part)];
    else if (part !== '0')
      found = getField(found, part.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return found;
}
