/** The catalog: factory, kind, and search over names. */
import { Anchor, Group, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Database, Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { useList, type ListView } from '../../api/queries';
import { useAddressParameters } from '../../parts/address-parameters';
import { ConnectorsLink } from '../../parts/connectors-link';
import { DataTable } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { numberText, wordsOf } from '../../parts/format';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import { Time } from '../../parts/time';
import { kinds, matchesSearch, resourcePath, type Kind, type Resource } from './catalog';

export function Page() {
  const connectors = useList('listConnectors', { query: { limit: 100 } });
  return (
    <>
      <PageHeader
        title="Catalog"
        description="Pipelines, datasets and everything else that your data factories have, as last read."
      />
      <Loaded query={connectors.query}>
        {(items) => {
          const synced = items.filter(({ sync }) => sync !== undefined);
          return synced.length === 0 ? (
            <Empty
              icon={Database}
              title="The catalog is empty"
              text="It is filled by the initial sync of a connector."
              action={<ConnectorsLink />}
            />
          ) : (
            <Browser connectors={synced} />
          );
        }}
      </Loaded>
    </>
  );
}

interface BrowserProps {
  readonly connectors: readonly { readonly id: string; readonly name: string }[];
}

function Browser({ connectors }: BrowserProps) {
  const [parameters, change] = useAddressParameters();
  const connectorId = parameters.get('connector') ?? connectors[0]!.id;
  const kind = (parameters.get('kind') ?? 'pipeline') as Kind;
  const factory = parameters.get('factory') ?? '';
  const [search, setSearch] = useState(parameters.get('q') ?? '');
  const [q] = useDebouncedValue(search.trim(), 200);
  const factories = useList('listResources', {
    params: { connectorId },
    query: { kind: 'factory', limit: 100 },
  });
  const list = useList('listResources', {
    params: { connectorId },
    query: { kind, limit: 100, ...(factory !== '' && { factory }) },
  });
  useLoadAll(list, q !== '');
  return (
    <>
      <Group mb="md" gap="sm">
        <TextInput
          value={search}
          onChange={({ currentTarget }) => setSearch(currentTarget.value)}
          placeholder="Search by name, type or folder"
          aria-label="Search by name, type or folder"
          leftSection={<Search size={16} />}
          w={{ base: '100%', xs: 280 }}
        />
        <Select
          value={kind}
          onChange={(value) => change({ kind: value })}
          data={kinds.map((value) => ({ value, label: wordsOf(value) }))}
          aria-label="Kind"
          allowDeselect={false}
          w={{ base: '100%', xs: 200 }}
        />
        <Select
          value={connectorId}
          onChange={(value) => change({ connector: value, factory: null })}
          data={connectors.map(({ id, name }) => ({ value: id, label: name }))}
          aria-label="Connector"
          allowDeselect={false}
          searchable
          w={{ base: '100%', xs: 200 }}
        />
        <Select
          value={factory}
          onChange={(value) => change({ factory: value })}
          data={[
            { value: '', label: 'All factories' },
            ...(factories.query.data ?? []).map(({ name, factory: { id } }) => ({
              value: id,
              label: name,
            })),
          ]}
          aria-label="Factory"
          allowDeselect={false}
          searchable
          w={{ base: '100%', xs: 200 }}
        />
      </Group>
      <Loaded query={list.query}>
        {(resources) => (
          <Resources
            connectorId={connectorId}
            resources={q === '' ? resources : resources.filter((each) => matchesSearch(each, q))}
            list={list}
            isSearch={q !== ''}
          />
        )}
      </Loaded>
    </>
  );
}

/** A search covers as much as this; the button reads more. */
const maxLoaded = 2_000;

/** A search filters the list of the kind, so the list is read as far as a person waits. */
function useLoadAll(
  { query, hasMore, isLoadingMore, loadMore }: ListView<unknown>,
  wanted: boolean,
) {
  const count = query.data?.length ?? 0;
  useEffect(() => {
    if (wanted && hasMore && !isLoadingMore && count < maxLoaded) loadMore();
  }, [wanted, hasMore, isLoadingMore, count, loadMore]);
}

interface ResourcesProps {
  readonly connectorId: string;
  readonly resources: readonly Resource[];
  readonly list: ListView<Resource>;
  readonly isSearch: boolean;
}

function Resources({ connectorId, resources, list, isSearch }: ResourcesProps) {
  if (resources.length === 0)
    return (
      <Empty
        icon={isSearch ? Search : Database}
        title={isSearch ? 'Nothing matches' : 'None of this kind'}
        text={
          isSearch
            ? 'Change the search, or choose another kind or factory.'
            : 'The factories have none, or the sync has not read them yet.'
        }
      />
    );
  return (
    <>
      <Text size="sm" c="var(--app-muted)" mb="xs" role="status">
        {numberText(resources.length)}
        {list.hasMore ? ' of more' : ''} shown
      </Text>
      <DataTable
        caption="Resources of the catalog"
        rows={resources}
        keyOf={({ id }) => id}
        columns={[
          {
            label: 'Name',
            cell: ({ id, name, parent }) => (
              <>
                <Anchor
                  component={Link}
                  to={resourcePath(connectorId, id)}
                  fw={600}
                  className="breakable"
                >
                  {name}
                </Anchor>
                {parent && (
                  <Text size="xs" c="var(--app-muted)">
                    in {parent}
                  </Text>
                )}
              </>
            ),
          },
          { label: 'Type', cell: ({ type }) => type ?? '–' },
          { label: 'Folder', cell: ({ folder }) => folder ?? '–' },
          { label: 'Factory', cell: ({ factory }) => factory.name },
          { label: 'Changed', cell: ({ updatedAt }) => <Time value={updatedAt} /> },
        ]}
      />
      <LoadMore list={list} />
    </>
  );
}
