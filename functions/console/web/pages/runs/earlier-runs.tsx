/** How the failing activity went in the runs before. */
import { Anchor, Card, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import { DataTable } from '../../parts/data-table';
import { durationText } from '../../parts/format';
import { Time } from '../../parts/time';
import { recordText, runPath, type Explanation } from './explanation';
import { RunStatus } from './run-status';

interface Props {
  readonly connectorId: string;
  readonly explanation: Explanation;
}

export const EarlierRuns = ({ connectorId, explanation: { earlierRuns, lastSuccess } }: Props) => (
  <Card withBorder radius="md" padding="lg" component="section">
    <Title order={2} size="h4" mb={4}>
      Earlier runs
    </Title>
    <Text size="sm" mb="md">
      {recordText(earlierRuns)}{' '}
      {lastSuccess ? (
        <>
          The pipeline succeeded last{' '}
          <Anchor component={Link} to={runPath(connectorId, lastSuccess.id)} size="sm">
            <Time value={lastSuccess.startedAt} inLink />
          </Anchor>
          .
        </>
      ) : (
        'No run of the pipeline that succeeded is stored.'
      )}
    </Text>
    {earlierRuns.length > 0 && (
      <DataTable
        caption="Earlier runs of the pipeline"
        rows={earlierRuns}
        keyOf={({ id }) => id}
        columns={[
          {
            label: 'Started',
            cell: ({ id, startedAt }) => (
              <Anchor component={Link} to={runPath(connectorId, id)} size="sm">
                <Time value={startedAt} inLink />
              </Anchor>
            ),
          },
          { label: 'Run', cell: ({ status }) => <RunStatus status={status} /> },
          {
            label: 'Activity',
            cell: ({ activity }) =>
              activity ? <RunStatus status={activity.status} /> : 'Not stored',
          },
          {
            label: 'Duration of the activity',
            cell: ({ activity }) =>
              activity?.durationMs === undefined ? '–' : durationText(activity.durationMs),
          },
          { label: 'Error', cell: ({ activity }) => activity?.code ?? '–' },
        ]}
      />
    )}
  </Card>
);
