/** Checkpoints of a long scan over the connectors of all tenants. */
import { z } from 'zod';
import type { Connector } from './connector';

/** The scan continues at this connector, or after it if `done`. */
export const connectorCheckpoint = z.object({
  tenantId: z.string(),
  connectorId: z.string(),
  done: z.literal(true).exactOptional(),
});
export type ConnectorCheckpoint = Readonly<z.infer<typeof connectorCheckpoint>>;

/** Whether the scan has passed the connector. Connectors are scanned by tenant and id. */
export function isBeforeCheckpoint(
  { tenantId, id }: Pick<Connector, 'tenantId' | 'id'>,
  checkpoint: ConnectorCheckpoint,
): boolean {
  if (tenantId !== checkpoint.tenantId) return tenantId < checkpoint.tenantId;
  const { connectorId, done } = checkpoint;
  return id < connectorId || (done === true && id === connectorId);
}
