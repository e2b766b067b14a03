/** The recent runs of one pipeline. */
import { RunsView } from './runs-view';

interface Props {
  readonly connectorId: string;
  readonly factory: string;
  readonly pipeline: string;
}

export const RunsOfPipeline = ({ connectorId, factory, pipeline }: Props) => (
  <RunsView connectorId={connectorId} filter={{ factory, pipeline }} />
);
