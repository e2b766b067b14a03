/** The sync runs of a connector. */
import { SyncHistory } from '../../syncs/sync-history';

export const SyncsTab = ({ connectorId }: { readonly connectorId: string }) => (
  <SyncHistory connectorId={connectorId} />
);
