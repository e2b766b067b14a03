/**
 * The row `factory|{factory hash}` in the partition `{tenant}|{connector}` of etag maps: the name of a
 * factory, its counts, and whether derived data is stale.
 */
import { z } from 'zod';
import {
  listedKinds,
  resourceKind,
  type FactoryRef,
  type ResourceKind,
} from '../../../data-factory/resource';
import { factoryHash } from '../../../data-factory/resource-id';
import type { ConnectorKey } from '../../../storage/connector-key';
import type { RowKey } from '../../table-storage/conditional-write';

export const factoryPrefix = 'factory|';

/** Count of a kind whose map was never saved, so it may have rows. */
export const unsavedCount = -1;

export const objectsIn = (counts: Readonly<Record<string, number | undefined>>): number =>
  listedKinds.reduce((sum, kind) => sum + Math.max(0, counts[countOf(kind)] ?? 0), 0);
export const countOf = (kind: ResourceKind) => `count_${kind}` as const;

export const factoryRow = z
  .looseObject({
    subscriptionId: z.string(),
    resourceGroup: z.string(),
    factoryName: z.string(),
    goneSinceRun: z.string().default(''),
    derivedIsStale: z.boolean().default(false),
  })
  .transform(({ subscriptionId, resourceGroup, factoryName, goneSinceRun, ...row }) => ({
    subscriptionId,
    resourceGroup,
    factoryName,
    goneSinceRun,
    derivedIsStale: row.derivedIsStale,
    counts: countColumns.parse(row),
  }));
const countColumns = z.object(
  Object.fromEntries(resourceKind.options.map((kind) => [countOf(kind), z.int().optional()])),
);

export const factoryKeyOf = (connector: ConnectorKey, factory: FactoryRef) => ({
  partitionKey: partition(connector),
  rowKey: `${factoryPrefix}${factoryHash(factory)}`,
});

/** Changes columns of the row of a factory and keeps the others. */
export const changeFactory = (
  connector: ConnectorKey,
  factory: FactoryRef,
  changed: Readonly<Record<string, number | string | boolean>>,
): ['upsert', RowKey & Record<string, unknown>, 'Merge'] => [
  'upsert',
  { ...factoryKeyOf(connector, factory), ...columnsOf(factory), ...changed },
  'Merge',
];

export const partition = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;

export const columnsOf = (factory: FactoryRef) => ({
  subscriptionId: factory.subscriptionId,
  resourceGroup: factory.resourceGroup,
  factoryName: factory.name,
});
