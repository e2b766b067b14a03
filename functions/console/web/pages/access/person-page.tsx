/** One user or group: which roles it has, since when and why, and how earlier ones ended. */
import { Card, Stack, Text, Title } from '@mantine/core';
import { ShieldCheck } from 'lucide-react';
import { useParams } from 'react-router';
import { useList, useRead } from '../../api/queries';
import { Empty } from '../../parts/empty';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import { EntriesTable } from '../audit/entries-table';
import { GrantsTable } from './grants-table';

export function Page() {
  const { connectionId = '', kind = 'user', subjectId = '' } = useParams();
  const params = { connectionId };
  const list = useList('listGrants', { params, query: { limit: 100 } });
  const history = useList('listAuditEntries', {
    query: { resource: subjectId, limit: 50 },
  });
  const connection = useRead('getProvisioningConnection', { params });
  const grants = (list.query.data ?? []).filter(({ subject }) => subject.id === subjectId);
  const named = history.query.data?.find(({ resource }) => resource?.name)?.resource?.name;
  const title = grants[0]?.subject.name ?? named ?? (kind === 'user' ? 'User' : 'Group');
  return (
    <>
      <PageHeader
        title={title}
        parents={[
          ['Access', '/access'],
          [connection.data?.name ?? 'Connection', `/access/${connectionId}`],
        ]}
      />
      <Stack gap="lg">
        <section>
          <Title order={2} size="h4" mb="sm">
            Roles
          </Title>
          <Loaded query={list.query}>
            {() =>
              grants.length === 0 ? (
                <Card withBorder radius="md" padding="lg">
                  <Text size="sm">
                    {list.hasMore
                      ? 'None among the grants that were read. Read more of them.'
                      : 'It has no role by this connection.'}
                  </Text>
                </Card>
              ) : (
                <GrantsTable grants={grants} connectionId={connectionId} withoutSubject />
              )
            }
          </Loaded>
          <LoadMore list={list} />
        </section>
        <section>
          <Title order={2} size="h4" mb="sm">
            What happened
          </Title>
          <Loaded query={history.query}>
            {(entries) =>
              entries.length === 0 ? (
                <Empty
                  icon={ShieldCheck}
                  title="No entry yet"
                  text="Changes by the identity provider, and roles that were given and taken, appear here within seconds."
                />
              ) : (
                <EntriesTable entries={entries} />
              )
            }
          </Loaded>
          <LoadMore list={history} />
        </section>
      </Stack>
    </>
  );
}
