/** Users and groups as the identity provider has pushed them. */
import { Anchor, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { Users } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useList } from '../../api/queries';
import { DataTable } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { Pill } from '../../parts/pill';

export function People({ connectionId }: { readonly connectionId: string }) {
  const [kind, setKind] = useState<'user' | 'group'>('user');
  const list = useList('listDirectory', { params: { connectionId }, query: { kind, limit: 50 } });
  return (
    <Stack>
      <Group>
        <SegmentedControl
          value={kind}
          onChange={(value) => setKind(value as 'user' | 'group')}
          data={[
            { value: 'user', label: 'Users' },
            { value: 'group', label: 'Groups' },
          ]}
          aria-label="What is listed"
        />
      </Group>
      <Loaded query={list.query}>
        {(entries) =>
          entries.length === 0 ? (
            <Empty
              icon={Users}
              title={kind === 'user' ? 'No user yet' : 'No group yet'}
              text="Assign users and groups at the identity provider, then start its provisioning."
            />
          ) : (
            <>
              <DataTable
                caption={kind === 'user' ? 'Users' : 'Groups'}
                rows={entries}
                keyOf={({ id }) => id}
                columns={[
                  {
                    label: 'Name',
                    cell: ({ id, name, displayName }) => (
                      <>
                        <Anchor
                          component={Link}
                          to={`/access/${connectionId}/${kind}/${id}`}
                          fw={600}
                          className="breakable"
                        >
                          {name}
                        </Anchor>
                        {displayName && (
                          <Text size="xs" c="var(--app-muted)">
                            {displayName}
                          </Text>
                        )}
                      </>
                    ),
                  },
                  {
                    label: 'State',
                    cell: ({ active = true }) => (
                      <Pill
                        tone={active ? 'good' : 'neutral'}
                        label={active ? 'Active' : 'Deactivated'}
                      />
                    ),
                  },
                  { label: 'External id', cell: ({ externalId }) => externalId ?? '–' },
                ]}
              />
              <LoadMore list={list} />
            </>
          )
        }
      </Loaded>
    </Stack>
  );
}
