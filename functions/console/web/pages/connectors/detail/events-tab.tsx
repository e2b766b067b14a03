/** What has happened to a connector, newest first. */
import { Code, Group, Text, Timeline } from '@mantine/core';
import { History } from 'lucide-react';
import { useList } from '../../../api/queries';
import type { ItemOf } from '../../../api/endpoint-types';
import { Empty } from '../../../parts/empty';
import { wordsOf } from '../../../parts/format';
import { LoadMore } from '../../../parts/load-more';
import { Loaded } from '../../../parts/loaded';
import { Pill } from '../../../parts/pill';
import { Time } from '../../../parts/time';

type Event = ItemOf<'listConnectorEvents'>;

export function EventsTab({ connectorId }: { readonly connectorId: string }) {
  const list = useList('listConnectorEvents', { params: { connectorId }, query: { limit: 30 } });
  return (
    <Loaded query={list.query}>
      {(events) =>
        events.length === 0 ? (
          <Empty icon={History} title="No event yet" text="Changes and syncs appear here." />
        ) : (
          <>
            <Timeline bulletSize={14} lineWidth={2}>
              {events.map((event) => (
                <Timeline.Item
                  key={event.id}
                  title={
                    <Group gap="xs">
                      <Text fw={600}>{wordsOf(event.type)}</Text>
                      {event.outcome === 'failed' && <Pill tone="bad" label="Failed" />}
                    </Group>
                  }
                >
                  <Text size="sm" c="var(--app-muted)">
                    <Time value={event.occurredAt} /> by{' '}
                    {event.actor === 'system' ? 'adf-connect' : event.actor.displayName}
                  </Text>
                  <EventData data={event.data} />
                </Timeline.Item>
              ))}
            </Timeline>
            <LoadMore list={list} />
          </>
        )
      }
    </Loaded>
  );
}

function EventData({ data }: { readonly data: Event['data'] }) {
  const entries = Object.entries(data).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return null;
  return (
    <Group gap="xs" mt={4}>
      {entries.map(([name, value]) => (
        <Code key={name} className="breakable">
          {name}: {typeof value === 'object' ? JSON.stringify(value) : String(value)}
        </Code>
      ))}
    </Group>
  );
}
