/** The sync runs of a connector, newest first. */
import { Anchor, Progress, Stack, Text } from '@mantine/core';
import { RefreshCw } from 'lucide-react';
import { Link } from 'react-router';
import { useList } from '../../api/queries';
import { DataTable } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { durationText, numberText, wordsOf } from '../../parts/format';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { Time } from '../../parts/time';
import { isActive, resultOf, totalsOf } from './sync-run';
import { SyncStatusPill } from './sync-status-pill';

export function SyncHistory({ connectorId }: { readonly connectorId: string }) {
  const list = useList(
    'listSyncs',
    { params: { connectorId }, query: { limit: 20 } },
    { isActive: (runs) => runs.some(isActive) },
  );
  return (
    <Loaded query={list.query}>
      {(runs) =>
        runs.length === 0 ? (
          <Empty
            icon={RefreshCw}
            title="No sync yet"
            text="A sync copies the metadata of all factories that the connector can read. Start the first one when the connector is connected."
          />
        ) : (
          <>
            <DataTable
              caption="Sync runs"
              rows={runs}
              keyOf={({ id }) => id}
              columns={[
                {
                  label: 'Started',
                  cell: ({ id, createdAt }) => (
                    <Anchor component={Link} to={`/connectors/${connectorId}/syncs/${id}`} fw={600}>
                      <Time value={createdAt} inLink />
                    </Anchor>
                  ),
                },
                {
                  label: 'Status',
                  cell: (run) => (
                    <Stack gap={6} align="flex-start" miw={110}>
                      <SyncStatusPill status={run.status} />
                      {isActive(run) && (
                        <Progress
                          value={run.progress.percent}
                          w="100%"
                          size="sm"
                          aria-label={`Progress: ${run.progress.percent} %`}
                        />
                      )}
                    </Stack>
                  ),
                },
                { label: 'Mode', cell: ({ mode }) => wordsOf(mode) },
                {
                  label: 'By',
                  cell: ({ requestedBy, trigger }) => requestedBy?.displayName ?? wordsOf(trigger),
                },
                {
                  label: 'Duration',
                  cell: ({ durationMs }) =>
                    durationMs === undefined ? '–' : durationText(durationMs),
                },
                {
                  label: 'Resources',
                  align: 'right',
                  cell: (run) =>
                    numberText(isActive(run) ? run.progress.resources.read : totalsOf(run).read),
                },
                {
                  label: 'Result',
                  cell: (run) => (
                    <Text size="sm" maw={320}>
                      {resultOf(run)}
                    </Text>
                  ),
                },
              ]}
            />
            <LoadMore list={list} />
          </>
        )
      }
    </Loaded>
  );
}
