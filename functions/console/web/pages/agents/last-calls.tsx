/** What agents did last, from the audit trail. */
import { Text, Title } from '@mantine/core';
import { useList } from '../../api/queries';
import { Loaded } from '../../parts/loaded';
import { EntriesTable } from '../audit/entries-table';

export function LastCalls() {
  const list = useList('listAuditEntries', {
    query: { action: 'agent.tool_called', limit: 10 },
  });
  return (
    <section>
      <Title order={2} size="h4" mb="sm">
        Last calls
      </Title>
      <Loaded query={list.query}>
        {(entries) =>
          entries.length === 0 ? (
            <Text size="sm">No agent has called a tool yet.</Text>
          ) : (
            <EntriesTable entries={entries} />
          )
        }
      </Loaded>
    </section>
  );
}
