/** Outcomes by day and durations of pipeline runs. Figures beside the charts say the same. */
import { AreaChart, BarChart } from '@mantine/charts';
import { Card, Group, SimpleGrid, Text, Title } from '@mantine/core';
import { durationText, numberText } from '../../parts/format';
import { durations, medianOf, runsByDay, type PipelineRun } from './run-statistics';

export function RunCharts({ runs }: { readonly runs: readonly PipelineRun[] }) {
  const failed = runs.filter(({ status }) => status === 'Failed').length;
  const times = durations(runs);
  const median = medianOf(times.map(({ seconds }) => seconds));
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" mb="lg">
      <Card withBorder radius="md" padding="lg">
        <Group justify="space-between" mb="md">
          <Title order={2} size="h4">
            Outcomes
          </Title>
          <Text size="sm">
            {numberText(runs.length)} runs, {numberText(failed)} failed
          </Text>
        </Group>
        <div aria-hidden>
          <BarChart
            h={220}
            data={runsByDay(runs)}
            dataKey="day"
            type="stacked"
            withLegend
            series={[
              { name: 'Succeeded', color: 'teal.6' },
              { name: 'Failed', color: 'red.6' },
              { name: 'Other', color: 'gray.5' },
            ]}
            barChartProps={{ accessibilityLayer: false }}
          />
        </div>
      </Card>
      <Card withBorder radius="md" padding="lg">
        <Group justify="space-between" mb="md">
          <Title order={2} size="h4">
            Duration
          </Title>
          <Text size="sm">
            {median === undefined ? 'No finished run' : `Median ${durationText(median * 1_000)}`}
          </Text>
        </Group>
        <div aria-hidden>
          <AreaChart
            h={220}
            data={times.map(({ startedAt, seconds }) => ({
              started: new Date(startedAt).toLocaleString(undefined, {
                month: 'short',
                day: 'numeric',
                hour: '2-digit',
                minute: '2-digit',
              }),
              seconds,
            }))}
            dataKey="started"
            series={[{ name: 'seconds', label: 'Seconds', color: 'indigo.6' }]}
            curveType="linear"
            areaChartProps={{ accessibilityLayer: false }}
          />
        </div>
      </Card>
    </SimpleGrid>
  );
}
