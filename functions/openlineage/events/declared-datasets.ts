/** What Data Factory declares for the datasets of an activity: columns and descriptions. */
import { getField, getText, isList, type Json } from '../../data-factory/json';
import { rowKeyOf } from '../../data-factory/resource-id';
import type { ActivityLineage } from '../../lineage/lineage-unit';
import type { DeclaredDataset, DeclaredDatasets, SchemaField } from './job-datasets';

const maxFields = 2_000;

/** By id of the asset. Pointers of the evidence lead from the activity to its datasets. */
export function declaredDatasets(
  lineage: ActivityLineage | undefined,
  activity: Json | undefined,
  bodies: (rowKey: string) => Json | undefined,
): DeclaredDatasets {
  const declared = new Map<string, DeclaredDataset>();
  for (const { asset, pointer } of lineage?.ends ?? []) {
    const reference = at(activity, pointer);
    const name = getText(reference, 'referenceName');
    if (name === undefined || /^@(?!@)|@\{/.test(name)) continue;
    const properties = getField(bodies(rowKeyOf('dataset', name)), 'properties');
    const description = getText(properties, 'description');
    declared.set(asset, {
      fields: fieldsOf(properties),
      ...(description !== undefined && description !== '' && { description }),
    });
  }
  return declared;
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
