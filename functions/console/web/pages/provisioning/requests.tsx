/** The latest requests of an identity provider, with the attribute at fault and what to do. */
import { Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { Inbox } from 'lucide-react';
import { useState } from 'react';
import { useList } from '../../api/queries';
import { DataTable } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { durationText } from '../../parts/format';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { Pill } from '../../parts/pill';
import { Time } from '../../parts/time';

export function Requests({ connectionId }: { readonly connectionId: string }) {
  const [shown, setShown] = useState('all');
  const list = useList('listProvisioningRequests', {
    params: { connectionId },
    query: { limit: 50 },
  });
  return (
    <Stack>
      <Group>
        <SegmentedControl
          value={shown}
          onChange={setShown}
          data={[
            { value: 'all', label: 'All' },
            { value: 'refused', label: 'Refused' },
          ]}
          aria-label="Which requests"
        />
      </Group>
      <Loaded query={list.query}>
        {(all) => {
          const requests = shown === 'all' ? all : all.filter(({ status }) => status >= 400);
          return requests.length === 0 ? (
            <Empty
              icon={Inbox}
              title={shown === 'all' ? 'No request yet' : 'No request was refused'}
              text="Requests of the identity provider appear here within seconds."
            />
          ) : (
            <>
              <DataTable
                caption="Requests of the identity provider"
                rows={requests}
                keyOf={({ requestId }) => requestId}
                columns={[
                  { label: 'Received', cell: ({ receivedAt }) => <Time value={receivedAt} /> },
                  {
                    label: 'Request',
                    cell: ({ method, path }) => (
                      <Text size="sm" className="breakable">
                        {method} {path}
                      </Text>
                    ),
                  },
                  {
                    label: 'Response',
                    cell: ({ status }) => (
                      <Pill tone={status < 400 ? 'good' : 'bad'} label={String(status)} />
                    ),
                  },
                  {
                    label: 'Duration',
                    align: 'right',
                    cell: ({ durationMs }) => durationText(durationMs),
                  },
                  {
                    label: 'What was wrong',
                    cell: ({ attribute, detail }) => (
                      <Text size="sm" className="breakable">
                        {attribute && <strong>{attribute}: </strong>}
                        {detail}
                      </Text>
                    ),
                  },
                ]}
              />
              <LoadMore list={list} />
            </>
          );
        }}
      </Loaded>
    </Stack>
  );
}
