/** Identity providers that push users and groups by SCIM. */
import { Anchor, Button, Modal } from '@mantine/core';
import { Plus, Users } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useRead } from '../../api/queries';
import { DataTable } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import { Pill } from '../../parts/pill';
import { Time } from '../../parts/time';
import { profileNames, statusPills, type Connection } from './connection';
import { ConnectionForm } from './connection-form';

export function Page() {
  const [isCreating, setIsCreating] = useState(false);
  const query = useRead('listProvisioningConnections', {});
  const create = (
    <Button leftSection={<Plus size={16} />} onClick={() => setIsCreating(true)}>
      New connection
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Provisioning"
        description="Identity providers that push users and groups by SCIM 2.0."
        actions={create}
      />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty
              icon={Users}
              title="No identity provider yet"
              text="With a connection, Entra ID or Okta pushes people and groups. Role rules then give them roles on factories, and take them away when they leave."
              action={create}
            />
          ) : (
            <DataTable
              caption="Provisioning connections"
              rows={items}
              keyOf={({ id }) => id}
              columns={[
                {
                  label: 'Name',
                  cell: ({ id, name }) => (
                    <Anchor component={Link} to={`/provisioning/${id}`} fw={600}>
                      {name}
                    </Anchor>
                  ),
                },
                { label: 'Identity provider', cell: ({ profile }) => profileNames[profile] },
                {
                  label: 'Status',
                  cell: ({ status, expiresAt }) => (
                    <>
                      <Pill {...statusPills[status]} />
                      {expiresAt && (
                        <>
                          {' '}
                          <Time value={expiresAt} />
                        </>
                      )}
                    </>
                  ),
                },
                { label: 'Last used', cell: (connection) => <LastUsed connection={connection} /> },
              ]}
            />
          )
        }
      </Loaded>
      <Modal
        opened={isCreating}
        onClose={() => setIsCreating(false)}
        title="New provisioning connection"
        centered
      >
        <ConnectionForm />
      </Modal>
    </>
  );
}

function LastUsed({ connection: { tokens } }: { readonly connection: Connection }) {
  const last = tokens
    .flatMap(({ lastUsedAt }) => lastUsedAt ?? [])
    .sort()
    .at(-1);
  return last === undefined ? <>Never</> : <Time value={last} />;
}
