/** One orchestration: its state, its timeline as a Gantt chart, its input and output. */
import { Alert, Anchor, Card, SimpleGrid, Stack, Tabs, Title } from '@mantine/core';
import { Link, useParams } from 'react-router';
import { useRead } from '../../api/queries';
import { Copy } from '../../parts/copy';
import { FactsCard } from '../../parts/facts';
import { durationText } from '../../parts/format';
import { JsonView } from '../../parts/json-view';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import { Pill } from '../../parts/pill';
import { Time } from '../../parts/time';
import { GanttChart } from './gantt-chart';
import { isActive, statusTones, titleOf, type OrchestrationDetail } from './orchestration';
import { OrchestrationActions } from './orchestration-actions';

export function Page() {
  const { instanceId = '' } = useParams();
  const query = useRead('getOrchestration', { params: { instanceId } }, { isActive });
  const { data } = query;
  const isRoot = data?.instanceId === data?.rootInstanceId;
  return (
    <>
      <PageHeader
        title={data ? titleOf(data.name) : 'Orchestration'}
        parents={[['Operations', '/operations']]}
        aside={data && <Pill tone={statusTones[data.status]} label={data.status} />}
        actions={data && isRoot && <OrchestrationActions orchestration={data} />}
      />
      <Loaded query={query}>{(orchestration) => <Content orchestration={orchestration} />}</Loaded>
    </>
  );
}

function Content({ orchestration }: { readonly orchestration: OrchestrationDetail }) {
  const { instanceId, rootInstanceId, connectorId, syncRunId, createdAt, updatedAt, durationMs } =
    orchestration;
  return (
    <Stack>
      {instanceId !== rootInstanceId && (
        <Alert color="indigo" variant="light" title="This is a child orchestration">
          It follows{' '}
          <Anchor component={Link} to={`/operations/${rootInstanceId}`} inherit>
            the orchestration that started it
          </Anchor>
          , which can be controlled.
        </Alert>
      )}
      <FactsCard
        title="Overview"
        facts={[
          [
            'Id',
            <>
              {instanceId} <Copy value={instanceId} label="Copy the id" />
            </>,
          ],
          ['Created', <Time value={createdAt} />],
          ['Last update', <Time value={updatedAt} />],
          ['Duration', durationText(durationMs)],
          [
            'Sync run',
            connectorId !== undefined && syncRunId !== undefined && (
              <Anchor component={Link} to={`/connectors/${connectorId}/syncs/${syncRunId}`} inherit>
                {syncRunId}
              </Anchor>
            ),
          ],
        ]}
      />
      <Tabs defaultValue="timeline">
        <Tabs.List>
          <Tabs.Tab value="timeline">Timeline</Tabs.Tab>
          <Tabs.Tab value="values">Input and output</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="timeline" pt="md">
          <Card withBorder radius="md" padding="lg">
            <GanttChart orchestration={orchestration} />
          </Card>
        </Tabs.Panel>
        <Tabs.Panel value="values" pt="md">
          <SimpleGrid cols={{ base: 1, md: 2 }}>
            {(['input', 'output'] as const).map((name) => (
              <Card withBorder radius="md" padding="lg" key={name}>
                <Title order={2} size="h4" mb="sm" tt="capitalize">
                  {name}
                </Title>
                <JsonView value={orchestration[name] ?? null} label={name} />
              </Card>
            ))}
          </SimpleGrid>
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
