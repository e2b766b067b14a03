/** The connectors of the tenant: table, search, filter, sort, and the actions of each. */
import { Button, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Cable, Plus, Search } from 'lucide-react';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useList } from '../../api/queries';
import { Empty } from '../../parts/empty';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import { useRole } from '../../session/person';
import { statusLabels, type Status } from './connector';
import { ConnectorTable } from './connector-table';
import { NewConnector } from './new-connector';

export function Page() {
  const isOwner = useRole('Owner');
  const [parameters, setParameters] = useSearchParams();
  const status = (parameters.get('status') ?? '') as Status | '';
  const [search, setSearch] = useState(parameters.get('q') ?? '');
  const [q] = useDebouncedValue(search.trim(), 250);
  const [isCreating, setIsCreating] = useState(false);
  const list = useList('listConnectors', {
    query: { limit: 100, ...(status !== '' && { status }), ...(q !== '' && { q }) },
  });
  const isFiltered = status !== '' || q !== '';
  const plus = isOwner && (
    <Button leftSection={<Plus size={18} />} onClick={() => setIsCreating(true)}>
      New connector
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Connectors"
        description="Azure Data Factory instances that this tenant reads."
        actions={plus}
      />
      <Group mb="md" gap="sm">
        <TextInput
          value={search}
          onChange={({ currentTarget }) => setSearch(currentTarget.value)}
          placeholder="Search by name"
          aria-label="Search by name"
          leftSection={<Search size={16} />}
          w={{ base: '100%', xs: 260 }}
        />
        <Select
          value={status}
          onChange={(value) => setParameters(value ? { status: value } : {}, { replace: true })}
          data={[
            { value: '', label: 'Every status' },
            ...Object.entries(statusLabels).map(([value, label]) => ({ value, label })),
          ]}
          aria-label="Status"
          allowDeselect={false}
          w={{ base: '100%', xs: 200 }}
        />
      </Group>
      <Loaded query={list.query}>
        {(connectors) =>
          connectors.length > 0 ? (
            <>
              <ConnectorTable connectors={connectors} />
              <LoadMore list={list} />
            </>
          ) : isFiltered ? (
            <Empty
              icon={Search}
              title="No connector matches"
              text="Change the search or the status to see more."
            />
          ) : (
            <Empty
              icon={Cable}
              title="No connector yet"
              text={
                isOwner
                  ? 'A connector copies the metadata of your data factories: pipelines, datasets, triggers and their runs.'
                  : 'An Owner of this tenant can create one.'
              }
              action={plus}
            />
          )
        }
      </Loaded>
      <NewConnector opened={isCreating} onClose={() => setIsCreating(false)} />
    </>
  );
}
