/** One stretch of sending, for one connector. */
import type { LineageGraph } from '../../lineage/graph/lineage-graph';
import type { ConnectorKey } from '../../storage/connector-key';
import type { ReceiverClient } from './receiver-client';
import type { Receiver } from './target';

export interface PushSlice {
  readonly connector: ConnectorKey;
  readonly receiver: Receiver;
  readonly graph: LineageGraph;
  readonly client: Pick<ReceiverClient, 'send'>;
  readonly now: () => Date;
  /** Whether the time is up. */
  isOver(): boolean;
}
