/** One identity provider: set-up, tokens, and what it has sent. */
import { Anchor, Button, Group, Tabs } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { call } from '../../api/call';
import { useRead } from '../../api/queries';
import { ConfirmDialog } from '../../parts/confirm';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import { Pill } from '../../parts/pill';
import { profileNames, statusPills } from './connection';
import { ConnectionSettings } from './connection-settings';
import { IssueToken } from './issue-token';
import { People } from './people';
import { Requests } from './requests';
import { SetUpGuide } from './set-up-guide';
import { Tokens } from './tokens';

export function Page() {
  const { connectionId = '' } = useParams();
  const [isDeleting, setIsDeleting] = useState(false);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const query = useRead('getProvisioningConnection', { params: { connectionId } });
  const { data } = query;
  return (
    <>
      <PageHeader
        title={data?.name ?? 'Provisioning connection'}
        parents={[['Provisioning', '/provisioning']]}
        description={data && profileNames[data.profile]}
        aside={data && <Pill {...statusPills[data.status]} />}
        actions={
          data && (
            <>
              <IssueToken
                connectionId={connectionId}
                isRotation={data.tokens.some(({ status }) => status === 'active')}
              />
              <Button
                variant="default"
                leftSection={<Trash2 size={16} />}
                onClick={() => setIsDeleting(true)}
              >
                Delete
              </Button>
            </>
          )
        }
      />
      <Loaded query={query}>
        {(connection) => (
          <Tabs defaultValue={connection.tokens.length === 0 ? 'guide' : 'requests'}>
            <Tabs.List>
              <Tabs.Tab value="guide">Set-up</Tabs.Tab>
              <Tabs.Tab value="tokens">Tokens</Tabs.Tab>
              <Tabs.Tab value="people">Users and groups</Tabs.Tab>
              <Tabs.Tab value="requests">Last requests</Tabs.Tab>
              <Tabs.Tab value="settings">Settings</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="guide" pt="md">
              <SetUpGuide connection={connection} />
            </Tabs.Panel>
            <Tabs.Panel value="tokens" pt="md">
              <Tokens connection={connection} />
            </Tabs.Panel>
            <Tabs.Panel value="people" pt="md">
              <People connectionId={connectionId} />
            </Tabs.Panel>
            <Tabs.Panel value="requests" pt="md">
              <Requests connectionId={connectionId} />
            </Tabs.Panel>
            <Tabs.Panel value="settings" pt="md">
              <ConnectionSettings connection={connection} />
            </Tabs.Panel>
          </Tabs>
        )}
      </Loaded>
      <Group mt="lg">
        <Anchor component={Link} to={`/access/${connectionId}`}>
          Who has which role by this connection
        </Anchor>
      </Group>
      {data && isDeleting && (
        <ConfirmDialog
          opened
          onClose={() => setIsDeleting(false)}
          title="Delete the connection"
          effect="Its tokens are refused at once. Its users, its groups and all roles that they were given are removed within minutes."
          confirmLabel="Delete"
          nameToType={data.name}
          onConfirm={async () => {
            await call('deleteProvisioningConnection', { params: { connectionId } });
            await queries.invalidateQueries({ queryKey: ['listProvisioningConnections'] });
            await navigate('/provisioning');
          }}
        />
      )}
    </>
  );
}
