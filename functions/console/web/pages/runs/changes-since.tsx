/** What has changed in the pipelines since the last run that succeeded. */
import { Anchor, Card, List, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import { wordsOf } from '../../parts/format';
import { Time } from '../../parts/time';
import type { Explanation } from './explanation';

interface Props {
  readonly connectorId: string;
  readonly explanation: Explanation;
}

export const ChangesSince = ({ connectorId, explanation: { changes } }: Props) => (
  <Card withBorder radius="md" padding="lg" component="section">
    <Title order={2} size="h4" mb="sm">
      Changes since the last success
    </Title>
    {changes.length === 0 ? (
      <Text size="sm">No sync run saw a change of these pipelines.</Text>
    ) : (
      <List listStyleType="none" spacing={6} size="sm">
        {changes.map(({ change, kind, name, pipeline, syncRunId, seenAt }) => (
          <List.Item key={`${syncRunId} ${kind} ${pipeline ?? ''} ${name}`} className="breakable">
            {wordsOf(change)}: {kind} {name}
            {pipeline !== undefined && ` of ${pipeline}`}, seen{' '}
            <Anchor component={Link} to={`/connectors/${connectorId}/syncs/${syncRunId}`} size="sm">
              <Time value={seenAt} inLink />
            </Anchor>
          </List.Item>
        ))}
      </List>
    )}
  </Card>
);
