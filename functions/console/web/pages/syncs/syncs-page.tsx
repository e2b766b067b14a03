/** Sync runs of all connectors, or of one. */
import { Anchor, Select } from '@mantine/core';
import { RefreshCw } from 'lucide-react';
import { Link, useSearchParams } from 'react-router';
import { useList } from '../../api/queries';
import type { ItemOf } from '../../api/endpoint-types';
import { ConnectorsLink } from '../../parts/connectors-link';
import { DataTable } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import { Time } from '../../parts/time';
import { SyncHistory } from './sync-history';
import type { SyncStatus } from './sync-run';
import { SyncStatusPill } from './sync-status-pill';

type Connector = ItemOf<'listConnectors'>;

export function Page() {
  const [parameters, setParameters] = useSearchParams();
  const chosen = parameters.get('connector') ?? '';
  const list = useList('listConnectors', { query: { limit: 100 } });
  const options = (list.query.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <>
      <PageHeader
        title="Syncs"
        description="Copies of the metadata and run history of your data factories."
      />
      <Select
        value={chosen}
        onChange={(value) => setParameters(value ? { connector: value } : {}, { replace: true })}
        data={[{ value: '', label: 'All connectors' }, ...options]}
        aria-label="Connector"
        allowDeselect={false}
        searchable
        mb="md"
        maw={320}
      />
      {chosen === '' ? (
        <Loaded query={list.query}>
          {(connectors) => (
            <>
              <LatestSyncs connectors={connectors} />
              <LoadMore list={list} />
            </>
          )}
        </Loaded>
      ) : (
        <SyncHistory connectorId={chosen} />
      )}
    </>
  );
}

/** The latest sync run of each connector, the newest first. */
function LatestSyncs({ connectors }: { readonly connectors: readonly Connector[] }) {
  const synced = connectors
    .flatMap(({ id, name, sync }) => (sync ? [{ id, name, ...sync }] : []))
    .sort((a, b) => b.lastStartedAt.localeCompare(a.lastStartedAt));
  if (synced.length === 0)
    return (
      <Empty
        icon={RefreshCw}
        title="No sync yet"
        text="Connect a connector, then run its initial sync."
        action={<ConnectorsLink />}
      />
    );
  return (
    <DataTable
      caption="Latest sync run of each connector"
      rows={synced}
      keyOf={({ id }) => id}
      columns={[
        {
          label: 'Connector',
          cell: ({ id, name }) => (
            <Anchor component={Link} to={`/syncs?connector=${id}`} fw={600}>
              {name}
            </Anchor>
          ),
        },
        {
          label: 'Latest sync',
          cell: ({ lastStatus }) => <SyncStatusPill status={lastStatus as SyncStatus} />,
        },
        {
          label: 'Started',
          cell: ({ id, lastSyncRunId, lastStartedAt }) => (
            <Anchor component={Link} to={`/connectors/${id}/syncs/${lastSyncRunId}`}>
              <Time value={lastStartedAt} inLink />
            </Anchor>
          ),
        },
        {
          label: 'Last success',
          cell: ({ lastSuccessAt }) =>
            lastSuccessAt === undefined ? 'Never' : <Time value={lastSuccessAt} />,
        },
      ]}
    />
  );
}
