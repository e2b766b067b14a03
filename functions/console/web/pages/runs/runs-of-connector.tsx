/** The run history of all factories of a connector. */
import { RunsView } from './runs-view';

export const RunsOfConnector = ({ connectorId }: { readonly connectorId: string }) => (
  <RunsView connectorId={connectorId} filter={{}} />
);
