/** Pipeline runs of Data Factory, newest first. */
import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';
import { DataTable } from '../../parts/data-table';
import { durationText } from '../../parts/format';
import { Time } from '../../parts/time';
import { isFailure, runPath } from './explanation';
import type { PipelineRun } from './run-statistics';
import { RunStatus } from './run-status';

interface Props {
  readonly connectorId: string;
  readonly runs: readonly PipelineRun[];
}

export function RunTable({ connectorId, runs }: Props) {
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
          cell: ({ id, status, pipeline }) => (
            <>
              <RunStatus status={status} />
              {isFailure(status) && (
                <Anchor
                  component={Link}
                  to={runPath(connectorId, id)}
                  size="sm"
                  ml="xs"
                  aria-label={`Why ${pipeline} failed`}
                >
                  Why?
                </Anchor>
              )}
            </>
          ),
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
