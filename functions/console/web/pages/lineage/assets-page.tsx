/** Tables, files and other assets that pipelines read and write. */
import { Anchor, Group, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Search, Waypoints } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useList } from '../../api/queries';
import { useAddressParameters } from '../../parts/address-parameters';
import { useConnectors } from '../../parts/connector-filter';
import { ConnectorsLink } from '../../parts/connectors-link';
import { DataTable } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { numberText } from '../../parts/format';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import { assetPath, shortName, type Asset } from './lineage';

export function Page() {
  const connectors = useConnectors();
  return (
    <>
      <PageHeader
        title="Lineage"
        description="Tables, files and other assets that pipelines read and write. Choose one to see where its data comes from and where it goes."
      />
      <Loaded query={connectors}>
        {({ items }) => {
          const synced = items.filter(({ sync }) => sync !== undefined);
          return synced.length === 0 ? (
            <Empty
              icon={Waypoints}
              title="No lineage yet"
              text="It is computed at the end of the initial sync of a connector."
              action={<ConnectorsLink />}
            />
          ) : (
            <Assets connectors={synced} />
          );
        }}
      </Loaded>
    </>
  );
}

type Kind = Asset['kind'];

interface AssetsProps {
  readonly connectors: readonly { readonly id: string; readonly name: string }[];
}

function Assets({ connectors }: AssetsProps) {
  const [parameters, change] = useAddressParameters();
  const connectorId = parameters.get('connector') ?? connectors[0]!.id;
  const kind = parameters.get('kind') as Kind | null;
  const [typed, setTyped] = useState(parameters.get('name') ?? '');
  const [name] = useDebouncedValue(typed.trim(), 300);
  const list = useList(
    'listAssets',
    {
      params: { connectorId },
      query: { limit: 100, ...(kind && { kind }), ...(name !== '' && { name }) },
    },
    { polls: false },
  );
  return (
    <>
      <Group mb="md" gap="sm">
        <TextInput
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          placeholder="Part of a name or server"
          aria-label="Part of a name or server"
          leftSection={<Search size={16} aria-hidden />}
          maxLength={400}
          w={{ base: '100%', xs: 300 }}
        />
        <Select
          value={kind ?? ''}
          onChange={(value) => change({ kind: value })}
          data={[
            { value: '', label: 'Assets and templates' },
            { value: 'asset', label: 'Assets' },
            { value: 'template', label: 'Templates' },
          ]}
          aria-label="Kind"
          allowDeselect={false}
          w={{ base: '100%', xs: 210 }}
        />
        <Select
          value={connectorId}
          onChange={(value) => change({ connector: value })}
          data={connectors.map(({ id, name: label }) => ({ value: id, label }))}
          aria-label="Connector"
          allowDeselect={false}
          searchable
          w={{ base: '100%', xs: 200 }}
        />
      </Group>
      <Loaded query={list.query}>
        {(assets) =>
          assets.length === 0 ? (
            <Empty
              icon={Waypoints}
              title={name === '' ? 'No asset' : 'Nothing matches'}
              text={
                name === ''
                  ? 'The activities of the factories read and write nothing that has a name.'
                  : 'Enter another part of a name, or use the search for names with mistakes.'
              }
            />
          ) : (
            <>
              <Text size="sm" c="var(--app-muted)" mb="xs" role="status">
                {numberText(assets.length)}
                {list.hasMore ? ' of more' : ''} shown
              </Text>
              <AssetTable connectorId={connectorId} assets={assets} />
              <LoadMore list={list} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

interface TableProps {
  readonly connectorId: string;
  readonly assets: readonly Asset[];
}

const AssetTable = ({ connectorId, assets }: TableProps) => (
  <DataTable
    caption="Assets"
    rows={assets}
    keyOf={({ id }) => id}
    columns={[
      {
        label: 'Name',
        cell: (asset) => (
          <>
            <Anchor
              component={Link}
              to={assetPath(connectorId, asset.id)}
              fw={600}
              className="breakable"
            >
              {shortName(asset)}
            </Anchor>
            <Text size="xs" c="var(--app-muted)" className="breakable">
              {asset.namespace}
            </Text>
          </>
        ),
      },
      { label: 'Type', cell: ({ type }) => type },
      { label: 'Kind', cell: ({ kind }) => (kind === 'template' ? 'Template' : 'Asset') },
      { label: 'Read by', align: 'right', cell: ({ readers }) => numberText(readers) },
      { label: 'Written by', align: 'right', cell: ({ writers }) => numberText(writers) },
    ]}
  />
);
