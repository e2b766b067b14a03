/** The way from the run to the activity that failed first, with what was skipped. */
import { Anchor, Card, List, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import { durationText } from '../../parts/format';
import { runPath, type Explanation } from './explanation';
import { RunStatus } from './run-status';

interface Props {
  readonly connectorId: string;
  readonly explanation: Explanation;
}

export const FailureChain = ({ connectorId, explanation: { chain } }: Props) => (
  <Card withBorder radius="md" padding="lg" component="section">
    <Title order={2} size="h4" mb="md">
      The way to the failure
    </Title>
    <List type="ordered" spacing="md" size="sm">
      {chain.map(({ run, path, skipped }, index) => (
        <List.Item key={run.id}>
          {index === 0 ? (
            <Text span fw={600}>
              {run.pipeline}
            </Text>
          ) : (
            <Anchor component={Link} to={runPath(connectorId, run.id)} size="sm" fw={600}>
              {run.pipeline}
            </Anchor>
          )}
          {path.map(({ runId, activity, type, status, durationMs }) => (
            <Text key={runId} size="sm" component="div" mt={6} className="breakable">
              → {activity}{' '}
              <Text span size="xs" c="var(--app-muted)">
                {type}
                {durationMs !== undefined && `, ${durationText(durationMs)}`}
              </Text>{' '}
              <RunStatus status={status} />
            </Text>
          ))}
          {skipped.length > 0 && (
            <Text size="sm" mt={6} className="breakable">
              Did not run because of it: {skipped.join(', ')}
            </Text>
          )}
        </List.Item>
      ))}
    </List>
  </Card>
);
