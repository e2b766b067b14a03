/** The resources that a sync run has added, changed or removed. */
import { Anchor, Group, SegmentedControl, Text } from '@mantine/core';
import { GitCompare } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import type { ItemOf } from '../../api/endpoint-types';
import { useList } from '../../api/queries';
import { DataTable } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { wordsOf } from '../../parts/format';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { Pill, type Tone } from '../../parts/pill';
import { isActive, type DetailedSyncRun } from './sync-run';

type Change = ItemOf<'listSyncChanges'>['change'];

const tones: Readonly<Record<Change, Tone>> = { added: 'good', changed: 'active', removed: 'bad' };

export function ChangesTable({ run }: { readonly run: DetailedSyncRun }) {
  const { connectorId, id: syncRunId } = run;
  const [change, setChange] = useState<Change | ''>('');
  const list = useList(
    'listSyncChanges',
    {
      params: { connectorId, syncRunId },
      query: { limit: 50, ...(change !== '' && { change }) },
    },
    { isActive: () => isActive(run) },
  );
  if (run.changesPurgedAt)
    return (
      <Empty
        icon={GitCompare}
        title="The changes are purged"
        text="They are kept for the time that the retention allows."
      />
    );
  return (
    <>
      <Group mb="md">
        <SegmentedControl
          value={change}
          onChange={(value) => setChange(value as Change | '')}
          data={[
            { value: '', label: 'All' },
            { value: 'added', label: 'Added' },
            { value: 'changed', label: 'Changed' },
            { value: 'removed', label: 'Removed' },
          ]}
          aria-label="Type of change"
        />
      </Group>
      <Loaded query={list.query}>
        {(changes) =>
          changes.length === 0 ? (
            <Empty
              icon={GitCompare}
              title="Nothing of this kind"
              text="The sync run has found the catalog as it was."
            />
          ) : (
            <>
              <DataTable
                caption="Changes of the sync run"
                rows={changes}
                keyOf={({ id, change: type }) => `${type} ${id}`}
                columns={[
                  {
                    label: 'Change',
                    cell: ({ change: type }) => <Pill tone={tones[type]} label={wordsOf(type)} />,
                  },
                  {
                    label: 'Name',
                    cell: ({ id, name, parent, change: type }) => (
                      <>
                        <Anchor
                          component={Link}
                          to={`/catalog/${connectorId}/${encodeURIComponent(id)}${type === 'removed' ? '?removed=true' : ''}`}
                          fw={600}
                          className="breakable"
                        >
                          {name}
                        </Anchor>
                        {parent && (
                          <Text size="xs" c="var(--app-muted)">
                            in {parent}
                          </Text>
                        )}
                      </>
                    ),
                  },
                  { label: 'Kind', cell: ({ kind }) => wordsOf(kind) },
                  { label: 'Factory', cell: ({ factory }) => factory.name },
                ]}
              />
              <LoadMore list={list} />
            </>
          )
        }
      </Loaded>
    </>
  );
}
