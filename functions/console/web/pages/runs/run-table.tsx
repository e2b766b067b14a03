/** Pipeline runs of Data Factory, newest first. */
import { Text } from '@mantine/core';
import { DataTable } from '../../parts/data-table';
import { durationText, wordsOf } from '../../parts/format';
import { Pill, type Tone } from '../../parts/pill';
import { Time } from '../../parts/time';
import type { PipelineRun } from './run-statistics';

const tones: Readonly<Record<string, Tone>> = {
  Succeeded: 'good',
  Failed: 'bad',
  InProgress: 'active',
  Cancelled: 'neutral',
};

export function RunTable({ runs }: { readonly runs: readonly PipelineRun[] }) {
  return (
    <DataTable
      caption="Pipeline runs"
      rows={runs}
      keyOf={({ id }) => id}
      columns={[
        { label: 'Started', cell: ({ startedAt }) => <Time value={startedAt} /> },
        {
          label: 'Pipeline',
          cell: ({ pipeline, factory }) => (
            <>
              <Text size="sm" fw={600}>
                {pipeline}
              </Text>
              <Text size="xs" c="var(--app-muted)">
                {factory.name}
              </Text>
            </>
          ),
        },
        {
          label: 'Status',
          cell: ({ status }) => <Pill tone={tones[status] ?? 'neutral'} label={wordsOf(status)} />,
        },
        {
          label: 'Duration',
          cell: ({ durationMs }) => (durationMs === undefined ? '–' : durationText(durationMs)),
        },
        {
          label: 'Started by',
          cell: ({ invokedBy }) => invokedBy?.name ?? invokedBy?.type ?? '–',
        },
        {
          label: 'Message',
          cell: ({ message }) => (
            <Text size="xs" maw={320} className="breakable" lineClamp={3}>
              {message ?? ''}
            </Text>
          ),
        },
      ]}
    />
  );
}
