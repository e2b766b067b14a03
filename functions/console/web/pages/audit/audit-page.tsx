/** The audit trail: who did what, when and with which outcome. */
import { Group, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { ScrollText } from 'lucide-react';
import { useState } from 'react';
import { useList } from '../../api/queries';
import { ConnectorFilter, useConnectors } from '../../parts/connector-filter';
import { Empty } from '../../parts/empty';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import { EntriesTable, type Entry } from './entries-table';
import { ExportMenu } from './export-menu';
import { useVerification, VerificationResult, VerifyButton } from './verification';

const outcomes: readonly Entry['outcome'][] = ['succeeded', 'failed', 'refused', 'unchanged'];

/** Midnight of a date from an input, in the zone of the reader. */
const timeOf = (date: string) =>
  date === '' ? undefined : new Date(`${date}T00:00`).toISOString();

export function Page() {
  const [outcome, setOutcome] = useState<Entry['outcome'] | null>(null);
  const [connectorId, setConnectorId] = useState<string | null>(null);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [typedActor, setTypedActor] = useState('');
  const [actor] = useDebouncedValue(typedActor.trim(), 300);
  const verification = useVerification();
  const connectors = useConnectors();
  const connectorNames = new Map(connectors.data?.items.map(({ id, name }) => [id, name]));
  const filters = {
    ...(outcome !== null && { outcome }),
    ...(connectorId !== null && { connectorId }),
    ...(actor !== '' && { actor }),
    ...(from !== '' && { from: timeOf(from)! }),
    ...(to !== '' && { to: timeOf(to)! }),
  };
  const list = useList('listAuditEntries', { query: { ...filters, limit: 50 } });
  return (
    <>
      <PageHeader
        title="Audit"
        description="Each action is an entry of a chain of hashes, so no entry can change unnoticed."
        actions={
          <>
            <ExportMenu filters={filters} />
            <VerifyButton verification={verification} />
          </>
        }
      />
      <VerificationResult verification={verification} />
      <Group mb="md" align="flex-end" gap="sm">
        <TextInput
          type="date"
          label="From"
          value={from}
          onChange={({ currentTarget }) => setFrom(currentTarget.value)}
        />
        <TextInput
          type="date"
          label="Before"
          value={to}
          onChange={({ currentTarget }) => setTo(currentTarget.value)}
        />
        <Select
          label="Outcome"
          placeholder="Any"
          data={outcomes}
          value={outcome}
          onChange={(value) => setOutcome(value as Entry['outcome'] | null)}
          clearable
          w={150}
        />
        <ConnectorFilter value={connectorId} onChange={setConnectorId} />
        <TextInput
          label="Object id or system"
          value={typedActor}
          onChange={({ currentTarget }) => setTypedActor(currentTarget.value)}
          w={220}
        />
      </Group>
      <Loaded query={list.query}>
        {(entries) =>
          entries.length === 0 ? (
            <Empty
              icon={ScrollText}
              title="No entry matches"
              text="Choose other filters. An action is in the trail within seconds."
            />
          ) : (
            <EntriesTable entries={entries} connectorNames={connectorNames} />
          )
        }
      </Loaded>
      <LoadMore list={list} />
    </>
  );
}
