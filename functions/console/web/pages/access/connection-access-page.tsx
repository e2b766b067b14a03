/** Access by one identity provider: grants, rules, and what is pending or drifted. */
import { Tabs } from '@mantine/core';
import { ShieldCheck } from 'lucide-react';
import { useParams } from 'react-router';
import { useList, useRead } from '../../api/queries';
import { Empty } from '../../parts/empty';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import { AccessState } from './access-state';
import { GrantsTable } from './grants-table';
import { RulesEditor } from './rules-editor';

export function Page() {
  const { connectionId = '' } = useParams();
  const params = { connectionId };
  const connection = useRead('getProvisioningConnection', { params });
  return (
    <>
      <PageHeader
        title={connection.data ? `Access by ${connection.data.name}` : 'Access'}
        parents={[['Access', '/access']]}
      />
      <Tabs defaultValue="grants" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="grants">Grants</Tabs.Tab>
          <Tabs.Tab value="rules">Rules</Tabs.Tab>
          <Tabs.Tab value="state">Pending and drift</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="grants" pt="md">
          <Grants connectionId={connectionId} />
        </Tabs.Panel>
        <Tabs.Panel value="rules" pt="md">
          <Rules connectionId={connectionId} />
        </Tabs.Panel>
        <Tabs.Panel value="state" pt="md">
          <AccessState connectionId={connectionId} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function Grants({ connectionId }: { readonly connectionId: string }) {
  const list = useList(
    'listGrants',
    { params: { connectionId }, query: { limit: 50 } },
    { isActive: (grants) => grants.some(({ status }) => status === 'pending') },
  );
  return (
    <Loaded query={list.query}>
      {(grants) =>
        grants.length === 0 ? (
          <Empty
            icon={ShieldCheck}
            title="No grant yet"
            text="A rule gives the members of a pushed group a role. Write the first one under Rules."
          />
        ) : (
          <>
            <GrantsTable grants={grants} connectionId={connectionId} />
            <LoadMore list={list} />
          </>
        )
      }
    </Loaded>
  );
}

function Rules({ connectionId }: { readonly connectionId: string }) {
  const query = useRead('getRoleRules', { params: { connectionId } });
  return (
    <Loaded query={query}>
      {(rules) => <RulesEditor key={rules.etag} connectionId={connectionId} rules={rules} />}
    </Loaded>
  );
}
