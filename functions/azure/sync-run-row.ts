/** A sync run as a row. What grows with the factories is packed; every worker's meter is a property of its own. */
import { z } from 'zod';
import type { Failure, Tallies } from '../catalog/mirror';
import type { ConnectorKey } from '../catalog/resource';
import {
  addMeters,
  syncMode,
  syncPhase,
  syncStatus,
  syncTrigger,
  type FactoryOutcome,
  type Meter,
  type Requester,
  type SyncRun,
} from '../sync/sync-run';
import { packBody, unpackBody } from './body';

/** Named field by field: a row carries OData annotations that must not leak into the domain. */
const columns = z.object({
  id: z.string(),
  mode: syncMode,
  trigger: syncTrigger,
  status: syncStatus,
  phase: syncPhase,
  lists: z.number(),
  factoryCount: z.number(),
  createdAt: z.string(),
  updatedAt: z.string(),
  startedAt: z.string().exactOptional(),
  finishedAt: z.string().exactOptional(),
});

interface Details {
  readonly tallies: Tallies;
  readonly factories: readonly FactoryOutcome[];
  readonly error?: Failure;
  readonly requestedBy?: Requester;
  readonly retryOf?: string;
}

const meterPrefix = 'meter_';

export function toRunColumns(run: SyncRun): Record<string, unknown> {
  const { tallies, factories, error, requestedBy, retryOf } = run;
  const details: Details = {
    tallies,
    factories,
    ...(error && { error }),
    ...(requestedBy && { requestedBy }),
    ...(retryOf && { retryOf }),
  };
  return { ...columns.parse(run), ...packBody(JSON.stringify(details)).own };
}

export const meterColumns = (worker: string, meter: Meter): Record<string, string> => ({
  [`${meterPrefix}${worker}`]: JSON.stringify(meter),
});

export function toRun({ tenantId, connectorId }: ConnectorKey, row: object): SyncRun {
  const properties = row as Readonly<Record<string, unknown>>;
  const meters = Object.entries(properties).flatMap(([name, value]) =>
    name.startsWith(meterPrefix) ? [JSON.parse(String(value)) as Meter] : [],
  );
  const details = JSON.parse(unpackBody([properties]) ?? '{}') as Details;
  return { tenantId, connectorId, ...columns.parse(row), meter: addMeters(meters), ...details };
}
