/** A time relative to now, absolute on hover and focus. */
import { Text, Tooltip } from '@mantine/core';
import { absoluteText, relativeText } from './format';

export function Time({
  value,
  color,
}: {
  readonly value: string;
  readonly color?: string | undefined;
}) {
  return (
    <Tooltip label={absoluteText(value)} events={{ hover: true, focus: true, touch: true }}>
      <Text component="time" dateTime={value} span inherit tabIndex={0} c={color ?? 'inherit'}>
        {relativeText(value, new Date())}
      </Text>
    </Tooltip>
  );
}
