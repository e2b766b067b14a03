/** One pipeline run: why it failed, how the activity went before, and what has changed. */
import { Stack } from '@mantine/core';
import { useParams } from 'react-router';
import { useRead } from '../../api/queries';
import { FactsCard } from '../../parts/facts';
import { durationText } from '../../parts/format';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import { Time } from '../../parts/time';
import { CauseCard } from './cause-card';
import { EarlierRuns } from './earlier-runs';
import type { Explanation } from './explanation';
import { FailureChain } from './failure-chain';
import { RunStatus } from './run-status';
import { ChangesSince } from './changes-since';

export function Page() {
  const { connectorId = '', pipelineRunId = '' } = useParams();
  const explanation = useRead(
    'explainPipelineRun',
    { params: { connectorId, pipelineRunId } },
    { polls: false },
  );
  return (
    <Loaded
      query={explanation}
      rows={8}
      page={{ title: 'Pipeline run', parents: [['Connectors', '/connectors']] }}
    >
      {(loaded) => <RunView connectorId={connectorId} explanation={loaded} />}
    </Loaded>
  );
}

interface Props {
  readonly connectorId: string;
  readonly explanation: Explanation;
}

function RunView({ connectorId, explanation }: Props) {
  const { run } = explanation.chain[0]!;
  const { cause } = explanation;
  return (
    <>
      <PageHeader
        title={run.pipeline}
        parents={[['Runs', `/connectors/${connectorId}/runs`]]}
        aside={<RunStatus status={run.status} />}
        description={
          <>
            Started <Time value={run.startedAt} />
            {run.durationMs !== undefined && `, took ${durationText(run.durationMs)}`}
          </>
        }
      />
      <Stack gap="lg">
        <CauseCard explanation={explanation} />
        {cause && <FailureChain connectorId={connectorId} explanation={explanation} />}
        {cause && <EarlierRuns connectorId={connectorId} explanation={explanation} />}
        {cause && <ChangesSince connectorId={connectorId} explanation={explanation} />}
        <FactsCard
          title="Run"
          facts={[
            ['Factory', run.factory.name],
            ['Started by', run.invokedBy?.name ?? run.invokedBy?.type],
            ['Parameters', run.parameters.join(', ')],
            ['Message', run.message],
            ['Run ID in Data Factory', run.runId],
          ]}
        />
      </Stack>
    </>
  );
}
