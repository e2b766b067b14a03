/** For operators: tiles, and the orchestrations of the tenant with filters. */
import { Anchor, Button, Group, MultiSelect, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Activity, RefreshCcw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { call } from '../../api/call';
import { useList } from '../../api/queries';
import { ConnectorFilter } from '../../parts/connector-filter';
import { DataTable } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { durationText, numberText } from '../../parts/format';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { notifyDone, notifyFailed } from '../../parts/notify';
import { PageHeader } from '../../parts/page-header';
import { Pill } from '../../parts/pill';
import { Time } from '../../parts/time';
import {
  isActive,
  statuses,
  statusTones,
  titleOf,
  type OrchestrationStatus,
} from './orchestration';
import { PurgeDialog } from './purge-dialog';
import { Tiles } from './tiles';

const periods = [
  { value: '1', label: 'Last hour' },
  { value: '24', label: 'Last day' },
  { value: '168', label: 'Last week' },
];

export function Page() {
  const [status, setStatus] = useState<readonly OrchestrationStatus[]>([]);
  const [hours, setHours] = useState<string | null>(null);
  const [connectorId, setConnectorId] = useState<string | null>(null);
  const [typedId, setTypedId] = useState('');
  const [idPrefix] = useDebouncedValue(typedId.trim(), 300);
  const [isPurging, setIsPurging] = useState(false);
  // A time that moves with each render would be another list each time.
  const [createdFrom, setCreatedFrom] = useState<string>();
  const list = useList(
    'listOrchestrations',
    {
      query: {
        limit: 50,
        sort: '-createdAt',
        ...(status.length > 0 && { status: status.join(',') }),
        ...(createdFrom !== undefined && { createdFrom }),
        ...(connectorId !== null && { connectorId }),
        ...(/^[\w-]+$/.test(idPrefix) && { idPrefix }),
      },
    },
    { isActive: (items) => items.some(isActive) },
  );
  return (
    <>
      <PageHeader
        title="Operations"
        description="Orchestrations of this tenant: syncs, deliveries, sign-ins and deletions."
        actions={
          <>
            <Reconcile />
            <Button
              variant="default"
              leftSection={<Trash2 size={16} />}
              onClick={() => setIsPurging(true)}
            >
              Purge
            </Button>
          </>
        }
      />
      <Tiles onSelect={setStatus} />
      <Group mb="md" align="flex-end" gap="sm">
        <MultiSelect
          label="Status"
          placeholder={status.length === 0 ? 'Any' : ''}
          data={statuses}
          value={[...status]}
          onChange={(values) => setStatus(values as OrchestrationStatus[])}
          clearable
          miw={200}
        />
        <Select
          label="Created"
          placeholder="Any time"
          data={periods}
          value={hours}
          onChange={(value) => {
            setHours(value);
            const from = new Date(Date.now() - Number(value) * 3_600_000);
            setCreatedFrom(value === null ? undefined : from.toISOString());
          }}
          clearable
          w={150}
        />
        <ConnectorFilter value={connectorId} onChange={setConnectorId} />
        <TextInput
          label="Id begins with"
          value={typedId}
          onChange={({ currentTarget }) => setTypedId(currentTarget.value)}
          w={220}
        />
      </Group>
      <Loaded query={list.query}>
        {(items) =>
          items.length === 0 ? (
            <Empty
              icon={Activity}
              title="No orchestration matches"
              text="Syncs, deliveries of webhooks, sign-ins with a device code and deletions appear here. Choose other filters, or start a sync."
            />
          ) : (
            <>
              <DataTable
                caption="Orchestrations"
                rows={items}
                keyOf={({ instanceId }) => instanceId}
                columns={[
                  {
                    label: 'Orchestration',
                    cell: ({ instanceId, name }) => (
                      <>
                        <Anchor component={Link} to={`/operations/${instanceId}`} fw={600}>
                          {titleOf(name)}
                        </Anchor>
                        <Text size="xs" c="var(--app-muted)" className="breakable">
                          {instanceId}
                        </Text>
                      </>
                    ),
                  },
                  {
                    label: 'Status',
                    cell: ({ status: each }) => <Pill tone={statusTones[each]} label={each} />,
                  },
                  { label: 'Created', cell: ({ createdAt }) => <Time value={createdAt} /> },
                  {
                    label: 'Duration',
                    align: 'right',
                    cell: ({ durationMs }) => durationText(durationMs),
                  },
                ]}
              />
              <LoadMore list={list} />
            </>
          )
        }
      </Loaded>
      <PurgeDialog opened={isPurging} onClose={() => setIsPurging(false)} />
    </>
  );
}

/** Compares sync runs with their orchestrations now, instead of within ten minutes. */
function Reconcile() {
  const queries = useQueryClient();
  const reconcile = useMutation({
    mutationFn: () => call('opsReconcile', {}),
    onSuccess: ({ repaired }) => {
      notifyDone(
        repaired.length === 0
          ? 'Each sync run agrees with its orchestration.'
          : `${numberText(repaired.length)} sync runs were repaired.`,
        'Reconciled',
      );
      return queries.invalidateQueries();
    },
    onError: notifyFailed,
  });
  return (
    <Button
      variant="default"
      leftSection={<RefreshCcw size={16} />}
      loading={reconcile.isPending}
      onClick={() => reconcile.mutate()}
    >
      Reconcile now
    </Button>
  );
}
