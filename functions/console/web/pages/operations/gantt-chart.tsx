/** The timeline of an orchestration: one row an entry, its bar on an axis of time, its facts as text. */
import { Anchor, Box, Group, ScrollArea, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import { durationText } from '../../parts/format';
import { JsonView } from '../../parts/json-view';
import { ganttOf, type Bar } from './gantt';
import { titleOf, type OrchestrationDetail, type TimelineEntry } from './orchestration';

const kindTexts: Readonly<Record<TimelineEntry['kind'], string>> = {
  step: 'step',
  orchestration: 'child orchestration',
  wait: 'wait',
  retry_pause: 'pause before a retry',
  event: 'event',
  control: 'control',
};

export function GanttChart({ orchestration }: { readonly orchestration: OrchestrationDetail }) {
  const { timeline, createdAt, omittedEntries } = orchestration;
  const { bars, totalMs } = ganttOf(timeline, createdAt, new Date());
  return (
    <Stack gap="xs">
      <Group gap="md" aria-hidden="true">
        {(['step', 'orchestration', 'wait', 'retry_pause'] as const).map((kind) => (
          <Group gap={6} key={kind}>
            <span className="gantt-key" data-kind={kind} />
            <Text size="xs">{kindTexts[kind]}</Text>
          </Group>
        ))}
      </Group>
      {omittedEntries > 0 && <Text size="sm">{omittedEntries} earlier entries are not shown.</Text>}
      <ScrollArea
        viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': 'Timeline' }}
        type="auto"
      >
        <ol className="gantt">
          {bars.map((bar, index) => (
            <Row key={index} bar={bar} />
          ))}
        </ol>
      </ScrollArea>
      <Text size="xs" c="var(--app-muted)" ta="right">
        {durationText(totalMs)} from the first to the last entry
      </Text>
    </Stack>
  );
}

function Row({ bar: { entry, start, width } }: { readonly bar: Bar }) {
  const { kind, name, status, durationMs, attempt = 1, instanceId, failure, result } = entry;
  const facts = [
    kindTexts[kind],
    status === 'completed' ? undefined : status,
    attempt > 1 ? `attempt ${attempt}` : undefined,
    durationText(durationMs),
  ].filter((fact) => fact !== undefined);
  return (
    <li>
      <Box className="gantt-label">
        <Text size="sm" fw={600} className="breakable">
          {instanceId === undefined ? (
            name
          ) : (
            <Anchor component={Link} to={`/operations/${instanceId}`} inherit>
              {titleOf(name)}
            </Anchor>
          )}
        </Text>
        <Text size="xs" c="var(--app-muted)">
          {facts.join(' · ')}
        </Text>
        {failure !== undefined && (
          <Text size="xs" className="breakable gantt-failure">
            {failure}
          </Text>
        )}
        {result !== undefined && result !== null && (
          <details className="gantt-result">
            <summary>Result</summary>
            <JsonView value={result} label={`Result of ${name}`} />
          </details>
        )}
      </Box>
      <Box className="gantt-track" aria-hidden="true">
        <span
          className="gantt-bar"
          data-kind={kind}
          data-status={status}
          style={{ left: `${start}%`, width: `${width}%` }}
        />
      </Box>
    </li>
  );
}
