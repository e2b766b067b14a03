/** Charts and table of pipeline runs that a filter selects. */
import { Group, SegmentedControl } from '@mantine/core';
import { ChartColumn } from 'lucide-react';
import { useState } from 'react';
import { useList } from '../../api/queries';
import { Empty } from '../../parts/empty';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { RunCharts } from './run-charts';
import { RunTable } from './run-table';

interface Props {
  readonly connectorId: string;
  readonly filter: { readonly factory?: string; readonly pipeline?: string };
}

export function RunsView({ connectorId, filter }: Props) {
  const [status, setStatus] = useState('');
  const list = useList('listPipelineRuns', {
    params: { connectorId },
    query: { ...filter, limit: 100, ...(status !== '' && { status }) },
  });
  return (
    <>
      <Group mb="md">
        <SegmentedControl
          value={status}
          onChange={setStatus}
          data={[
            { value: '', label: 'All' },
            { value: 'Failed', label: 'Failed' },
            { value: 'Succeeded', label: 'Succeeded' },
            { value: 'InProgress', label: 'In progress' },
          ]}
          aria-label="Status of the runs"
        />
      </Group>
      <Loaded query={list.query}>
        {(runs) =>
          runs.length === 0 ? (
            <Empty
              icon={ChartColumn}
              title="No run"
              text="Runs of the last 45 days appear here after a sync, as far as the retention allows."
            />
          ) : (
            <>
              <RunCharts runs={runs} />
              <RunTable connectorId={connectorId} runs={runs} />
              <LoadMore list={list} />
            </>
          )
        }
      </Loaded>
    </>
  );
}
