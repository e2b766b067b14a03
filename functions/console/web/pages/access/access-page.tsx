/** The identity providers by which people get roles. One alone is opened at once. */
import { Anchor } from '@mantine/core';
import { ShieldCheck } from 'lucide-react';
import { Link, Navigate } from 'react-router';
import { useRead } from '../../api/queries';
import { DataTable } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';

export function Page() {
  const query = useRead('listProvisioningConnections', {});
  return (
    <>
      <PageHeader
        title="Access"
        description="Who has which role on which factory, and by which rule."
      />
      <Loaded query={query}>
        {({ items }) => {
          const [only, ...others] = items;
          if (!only)
            return (
              <Empty
                icon={ShieldCheck}
                title="No identity provider yet"
                text="Roles follow the groups that an identity provider pushes. Create a connection on the page Provisioning first."
                action={
                  <Anchor component={Link} to="/provisioning">
                    Go to Provisioning
                  </Anchor>
                }
              />
            );
          if (others.length === 0) return <Navigate to={`/access/${only.id}`} replace />;
          return (
            <DataTable
              caption="Provisioning connections"
              rows={items}
              keyOf={({ id }) => id}
              columns={[
                {
                  label: 'Connection',
                  cell: ({ id, name }) => (
                    <Anchor component={Link} to={`/access/${id}`} fw={600}>
                      {name}
                    </Anchor>
                  ),
                },
              ]}
            />
          );
        }}
      </Loaded>
    </>
  );
}
