/** What the lines of a lineage graph mean. */
import { Group, Text } from '@mantine/core';

/** Names with a known value have a solid line. */
const lines = [
  ['line-static', 'Names in the JSON or in literal parameters'],
  ['line-defaulted', 'Names by defaults, callers or triggers'],
  ['line-dynamic', 'Names known at run time only'],
  ['line-static line-indirect', 'Indirect: data decides, or the way is not exact'],
] as const;

export const LineLegend = () => (
  <Group component="ul" gap="lg" m={0} p={0} aria-label="Lines of the graph" className="legend">
    {lines.map(([line, text]) => (
      <Group component="li" key={line} gap={8} wrap="nowrap">
        <svg width="34" height="8" aria-hidden className={line}>
          <path d="M0 4h34" className="legend-line" />
        </svg>
        <Text span size="xs">
          {text}
        </Text>
      </Group>
    ))}
  </Group>
);
