/** The table of connectors, with the columns that people know, sorted by any of them. */
import { Alert, Anchor, Box, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { DataTable, type Column } from '../../parts/data-table';
import { SortButton } from '../../parts/sort-button';
import { Time } from '../../parts/time';
import { expiresSoon, trouble, type Connector } from './connector';
import { ConnectorActions } from './connector-actions';
import { useMethodLabel } from './methods';
import { sortConnectors, type SortKey } from './sort-connectors';
import { StatusPill } from './status-pill';

export function ConnectorTable({ connectors }: { readonly connectors: readonly Connector[] }) {
  const [sort, setSort] = useState<{ key: SortKey; descending: boolean }>({
    key: 'name',
    descending: false,
  });
  const methodLabel = useMethodLabel();
  const now = new Date();
  const sortable = (label: string, key: SortKey) => {
    const isSorted = sort.key === key;
    const direction = !isSorted ? 'none' : sort.descending ? 'descending' : 'ascending';
    const toggle = () => setSort({ key, descending: isSorted && !sort.descending });
    return {
      label,
      head: <SortButton label={label} direction={direction} onClick={toggle} />,
      sort: direction,
    } as const;
  };
  const columns: readonly Column<Connector>[] = [
    {
      ...sortable('Connector Name', 'name'),
      cell: (connector) => (
        <Anchor component={Link} to={`/connectors/${connector.id}`} fw={600} className="breakable">
          {connector.name}
        </Anchor>
      ),
    },
    {
      ...sortable('Connected With', 'connectedWith'),
      cell: ({ connectedWith }) => methodLabel(connectedWith),
    },
    {
      ...sortable('Credential Owner', 'credentialOwner'),
      cell: ({ credentialOwner }) => credentialOwner.displayName,
    },
    {
      ...sortable('Status', 'status'),
      cell: (connector) => (
        <Stack gap={2} align="flex-start">
          <StatusPill connector={connector} />
          {trouble(connector) !== undefined && (
            <Text size="xs" c="var(--app-muted)" maw={260}>
              {trouble(connector)}
            </Text>
          )}
        </Stack>
      ),
    },
    {
      ...sortable('Connection Expiration Date', 'expiresAt'),
      cell: (connector) =>
        connector.connectionExpiresAt === null ? (
          <Text inherit c="var(--app-muted)">
            {connector.status === 'unconnected' ? '–' : 'Not known'}
          </Text>
        ) : (
          <Time
            value={connector.connectionExpiresAt}
            color={expiresSoon(connector, now) ? 'var(--app-warning)' : undefined}
          />
        ),
    },
    {
      ...sortable('Last sync', 'lastSync'),
      cell: ({ id, sync }) =>
        sync ? (
          <Anchor component={Link} to={`/connectors/${id}/syncs/${sync.lastSyncRunId}`} c="inherit">
            <Time value={sync.lastStartedAt} inLink />
          </Anchor>
        ) : (
          <Text inherit c="var(--app-muted)">
            Never
          </Text>
        ),
    },
    {
      label: 'Actions',
      hiddenLabel: true,
      align: 'right',
      cell: (connector) => <ConnectorActions connector={connector} />,
    },
  ];
  const expired = connectors.filter(({ status }) => status === 'connection_expired').length;
  return (
    <Box>
      {expired > 0 && (
        <Alert color="red" mb="md" variant="light">
          {expired === 1 ? '1 connection has expired.' : `${expired} connections have expired.`}{' '}
          Reconnect to keep the catalog up to date.
        </Alert>
      )}
      <DataTable
        caption="Connectors"
        columns={columns}
        rows={sortConnectors(connectors, sort.key, sort.descending)}
        keyOf={({ id }) => id}
      />
    </Box>
  );
}
