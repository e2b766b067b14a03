/**
 * A resource as a table row: one column per property that lists show, and the body in gzip columns.
 */
import { z } from 'zod';
import type { CatalogRow } from '../../../catalog/ports';
import { resourceKind, type FactoryRef, type Resource } from '../../../data-factory/resource';
import { toGzipColumns, type GzipColumns } from '../../table-storage/gzip-columns';

/**
 * A text property holds 32 K UTF-16 code units. A longer text is left out of the row; it is in the
 * body.
 */
const maxTextLength = 30_000;

const jsonList = <T>(item: z.ZodType<T>) =>
  z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(z.array(item))
    .exactOptional();

/** Lists every column, so that OData annotations do not get into the catalog. */
const columns = z.object({
  rowKey: z.string(),
  kind: resourceKind,
  name: z.string(),
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  factoryName: z.string(),
  hash: z.string(),
  syncedAt: z.string(),
  type: z.string().exactOptional(),
  parent: z.string().exactOptional(),
  path: z.string().exactOptional(),
  folder: z.string().exactOptional(),
  state: z.string().exactOptional(),
  annotations: jsonList(z.string()),
  dependsOn: jsonList(z.object({ activity: z.string(), conditions: z.array(z.string()) })),
  transformations: jsonList(z.object({ name: z.string(), type: z.string().exactOptional() })),
  warnings: jsonList(z.string()),
});

export const listedColumns = Object.keys(columns.shape).filter((name) => name !== 'rowKey');

export function toColumns(
  factory: FactoryRef,
  resource: Resource,
  at: Date,
): { readonly own: Record<string, unknown>; readonly more: GzipColumns['more'] } {
  const { kind, name, hash, sourceEtag, type, parent, path, folder, state } = resource;
  const { annotations, dependsOn, transformations, warnings } = resource;
  const body: GzipColumns =
    kind === 'activity' ? { own: {}, more: [] } : toGzipColumns(JSON.stringify(resource.body));
  const own = {
    kind,
    name,
    live: true,
    subscriptionId: factory.subscriptionId,
    resourceGroup: factory.resourceGroup,
    factoryName: factory.name,
    hash,
    syncedAt: at.toISOString(),
    ...fitting({ sourceEtag, type, parent, path, folder, state }),
    ...fitting({
      annotations: annotations && JSON.stringify(annotations),
      dependsOn: dependsOn && JSON.stringify(dependsOn),
      transformations: transformations && JSON.stringify(transformations),
      warnings: warnings && JSON.stringify(warnings),
    }),
    ...body.own,
  };
  return { own, more: body.more };
}

const fitting = (texts: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(texts).filter(([, text]) => text !== undefined && text.length <= maxTextLength),
  );

export function toCatalogRow(entity: object): CatalogRow {
  const { subscriptionId, resourceGroup, factoryName, ...row } = columns.parse(entity);
  return { ...row, factory: { subscriptionId, resourceGroup, name: factoryName } };
}
