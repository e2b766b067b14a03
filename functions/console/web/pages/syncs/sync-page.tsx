/** One sync run: live progress, its factories, and what it has changed. */
import { Alert, Stack, Tabs } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { useEffect } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { useRead } from '../../api/queries';
import { wordsOf } from '../../parts/format';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import { ChangesTable } from './changes-table';
import { FactoriesOfRun } from './factories-of-run';
import { LiveProgress } from './live-progress';
import { PendingRemovals } from './pending-removals';
import { SyncActions } from './sync-actions';
import { SyncFacts } from './sync-facts';
import { isActive, type DetailedSyncRun } from './sync-run';
import { SyncStatusPill } from './sync-status-pill';

export function Page() {
  const { connectorId = '', syncRunId = '' } = useParams();
  const run = useRead('getSync', { params: { connectorId, syncRunId } }, { isActive });
  return (
    <Loaded
      query={run}
      rows={6}
      page={{ title: 'Sync run', parents: [['Connectors', '/connectors']] }}
    >
      {(loaded) => <SyncView run={loaded} />}
    </Loaded>
  );
}

function SyncView({ run }: { readonly run: DetailedSyncRun }) {
  const { connectorId } = run;
  const { data: connector } = useRead('getConnector', { params: { connectorId } });
  useRefreshAtEnd(run);
  return (
    <>
      <PageHeader
        title={`${wordsOf(run.mode)} sync`}
        parents={[
          ['Connectors', '/connectors'],
          [connector?.name ?? '…', `/connectors/${connectorId}`],
          ['Syncs', `/connectors/${connectorId}/syncs`],
        ]}
        aside={<SyncStatusPill status={run.status} />}
        actions={<SyncActions run={run} />}
      />
      <Stack gap="lg">
        {run.error && (
          <Alert
            color="red"
            icon={<TriangleAlert size={18} aria-hidden />}
            title={wordsOf(run.error.code)}
          >
            {run.error.message}
          </Alert>
        )}
        {run.pendingConfirmation && <PendingRemovals run={run} />}
        {isActive(run) ? <LiveProgress run={run} /> : <SyncFacts run={run} />}
        <Tabs defaultValue="factories" keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="factories">Factories</Tabs.Tab>
            <Tabs.Tab value="changes">What changed</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="factories">
            <FactoriesOfRun run={run} />
          </Tabs.Panel>
          <Tabs.Panel value="changes">
            <ChangesTable run={run} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </>
  );
}

/** When the sync run ends, the connector and its catalog are not as they were. */
function useRefreshAtEnd(run: DetailedSyncRun): void {
  const queries = useQueryClient();
  const active = isActive(run);
  useEffect(() => {
    if (!active)
      void queries.invalidateQueries({
        predicate: ({ queryKey }) =>
          queryKey[0] !== 'getSync' && queryKey[0] !== 'listSyncFactories',
      });
  }, [active, queries]);
}
