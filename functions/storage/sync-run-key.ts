import type { ConnectorKey } from './connector-key';

/** Names a sync run together with its connector and tenant. */
export interface SyncRunKey extends ConnectorKey {
  readonly syncRunId: string;
}
