/** The progress of an active sync run, announced to screen readers every ten seconds at most. */
import { Card, Group, Progress, SimpleGrid, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { durationText, numberText, wordsOf } from '../../parts/format';
import type { DetailedSyncRun } from './sync-run';

export function LiveProgress({ run }: { readonly run: DetailedSyncRun }) {
  const { percent, phase, message, resources, resourcesPerSecond, runsPerSecond, runs } =
    run.progress;
  const { estimatedEndAt } = run.progress;
  const left = estimatedEndAt ? Date.parse(estimatedEndAt) - Date.now() : undefined;
  return (
    <Card withBorder radius="md" padding="lg">
      <Stack gap="md">
        <Group justify="space-between" align="baseline">
          <Text fw={600}>{wordsOf(phase)}</Text>
          <Text fw={700} fz={28} lh={1}>
            {percent} %
          </Text>
        </Group>
        <Progress
          value={percent}
          size="lg"
          radius="xl"
          animated={run.status === 'running'}
          {...(run.status === 'paused' && { color: 'yellow' })}
          aria-label="Progress of the sync"
        />
        <Text>{message}</Text>
        <SimpleGrid cols={{ base: 2, sm: 4 }}>
          <Figure label="Resources read" value={numberText(resources.read)} />
          <Figure label="Written" value={numberText(resources.written)} />
          <Figure label="Rate" value={rateText(resourcesPerSecond, runsPerSecond)} />
          <Figure
            label={phase === 'run_history' ? 'Estimated end' : 'Lists done in'}
            value={left === undefined ? 'Being estimated' : durationText(Math.max(left, 1_000))}
          />
          {runs && <Figure label="Pipeline runs" value={numberText(runs.pipelineRuns)} />}
        </SimpleGrid>
        <Announcement text={`${percent} percent. ${message}`} />
      </Stack>
    </Card>
  );
}

const rateText = (resources: number | undefined, runs: number | undefined): string => {
  if (resources !== undefined) return `${resources.toFixed(1)} resources/s`;
  return runs === undefined ? '–' : `${runs.toFixed(1)} runs/s`;
};

function Figure({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div>
      <Text size="sm" c="var(--app-muted)">
        {label}
      </Text>
      <Text fw={600}>{value}</Text>
    </div>
  );
}

const announceEveryMs = 10_000;

function Announcement({ text }: { readonly text: string }) {
  const latest = useRef(text);
  const [announced, setAnnounced] = useState(text);
  useEffect(() => {
    latest.current = text;
  }, [text]);
  useEffect(() => {
    const timer = setInterval(() => setAnnounced(latest.current), announceEveryMs);
    return () => clearInterval(timer);
  }, []);
  return <VisuallyHidden role="status">{announced}</VisuallyHidden>;
}
