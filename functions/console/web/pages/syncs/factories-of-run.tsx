/** The factories of a sync run: failed and throttled ones first. */
import { List, Progress, Stack, Text } from '@mantine/core';
import { Factory } from 'lucide-react';
import { useList } from '../../api/queries';
import { DataTable } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { numberText, wordsOf } from '../../parts/format';
import { LoadMore } from '../../parts/load-more';
import { Pill } from '../../parts/pill';
import { Time } from '../../parts/time';
import { factoryTones, isActive, type DetailedSyncRun, type FactoryOfRun } from './sync-run';

export function FactoriesOfRun({ run }: { readonly run: DetailedSyncRun }) {
  const isMore = run.factoriesRemaining !== undefined;
  const list = useList(
    'listSyncFactories',
    { params: { connectorId: run.connectorId, syncRunId: run.id }, query: { limit: 50 } },
    { isActive: () => isActive(run), enabled: isMore },
  );
  const factories = (isMore && list.query.data) || run.factories;
  if (factories.length === 0)
    return (
      <Empty
        icon={Factory}
        title={isActive(run) ? 'No factory was begun yet' : 'No factory was read'}
        text="Factories that the account can read, and that the filters include, appear here."
      />
    );
  return (
    <>
      <DataTable
        caption="Factories of the sync run"
        rows={factories}
        keyOf={({ subscriptionId, resourceGroup, name }) =>
          `${subscriptionId}/${resourceGroup}/${name}`
        }
        columns={[
          {
            label: 'Factory',
            cell: ({ name, resourceGroup }) => (
              <>
                <Text fw={600} size="sm">
                  {name}
                </Text>
                <Text size="xs" c="var(--app-muted)">
                  {resourceGroup}
                </Text>
              </>
            ),
          },
          { label: 'State', cell: (factory) => <State factory={factory} /> },
          {
            label: 'Read',
            align: 'right',
            cell: ({ resources }) => numberText(resources.read),
          },
          {
            label: 'Written',
            align: 'right',
            cell: ({ resources }) => numberText(resources.written),
          },
          {
            label: 'Pipeline runs',
            align: 'right',
            cell: ({ runs }) => (runs ? numberText(runs.pipelineRuns) : '–'),
          },
          { label: 'Why', cell: (factory) => <Reasons factory={factory} /> },
        ]}
      />
      {isMore && <LoadMore list={list} />}
    </>
  );
}

function State({ factory: { status, lists, throttleEndsAt } }: { readonly factory: FactoryOfRun }) {
  return (
    <Stack gap={6} align="flex-start" miw={120}>
      <Pill tone={factoryTones[status]} label={wordsOf(status)} />
      {lists && (
        <Progress
          value={(100 * lists.done) / lists.total}
          size="sm"
          w="100%"
          aria-label={`${lists.done} of ${lists.total} lists`}
        />
      )}
      {throttleEndsAt && (
        <Text size="xs">
          Azure throttles until <Time value={throttleEndsAt} />
        </Text>
      )}
    </Stack>
  );
}

function Reasons({ factory: { failures, warnings } }: { readonly factory: FactoryOfRun }) {
  const reasons = [...failures, ...warnings];
  if (reasons.length === 0) return null;
  return (
    <List size="xs" spacing={2}>
      {reasons.map(({ kind, code, message }) => (
        <List.Item key={`${kind} ${code}`}>
          {wordsOf(kind)}: {message}
        </List.Item>
      ))}
    </List>
  );
}
