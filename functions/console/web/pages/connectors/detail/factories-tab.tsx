/** The factories that a connector has read, and the rules that choose them. */
import { Anchor, Stack } from '@mantine/core';
import { Factory } from 'lucide-react';
import { Link } from 'react-router';
import { useList } from '../../../api/queries';
import { DataTable } from '../../../parts/data-table';
import { Empty } from '../../../parts/empty';
import { LoadMore } from '../../../parts/load-more';
import { Loaded } from '../../../parts/loaded';
import { Time } from '../../../parts/time';
import type { DetailedConnector } from './detailed-connector';
import { FilterEditor } from './filter-editor';

export function FactoriesTab({ connector }: { readonly connector: DetailedConnector }) {
  const { id } = connector;
  const list = useList('listResources', {
    params: { connectorId: id },
    query: { kind: 'factory', limit: 50 },
  });
  return (
    <Stack gap="lg">
      <Loaded query={list.query}>
        {(factories) =>
          factories.length === 0 ? (
            <Empty
              icon={Factory}
              title="No factory was read yet"
              text="Run a sync. It finds every data factory that the account can read."
            />
          ) : (
            <>
              <DataTable
                caption="Factories of the connector"
                rows={factories}
                keyOf={(factory) => factory.id}
                columns={[
                  {
                    label: 'Factory',
                    cell: ({ name }) => (
                      <Anchor
                        component={Link}
                        to={`/catalog?connector=${id}&factory=${encodeURIComponent(name)}`}
                        fw={600}
                      >
                        {name}
                      </Anchor>
                    ),
                  },
                  { label: 'Resource group', cell: ({ factory }) => factory.resourceGroup },
                  { label: 'Subscription', cell: ({ factory }) => factory.subscriptionId },
                  { label: 'Changed', cell: ({ updatedAt }) => <Time value={updatedAt} /> },
                ]}
              />
              <LoadMore list={list} />
            </>
          )
        }
      </Loaded>
      <FilterEditor connector={connector} key={connector.id} />
    </Stack>
  );
}
