/** A time relative to now, absolute on hover and focus. */
import { Text, Tooltip } from '@mantine/core';
import { absoluteText, relativeText } from './format';

interface Props {
  readonly value: string;
  readonly color?: string | undefined;
  /** Within a link, which has the focus itself. */
  readonly inLink?: true;
}

export function Time({ value, color, inLink }: Props) {
  return (
    <Tooltip label={absoluteText(value)} events={{ hover: true, focus: true, touch: true }}>
      <Text
        component="time"
        dateTime={value}
        span
        inherit
        {...(!inLink && { tabIndex: 0 })}
        c={color ?? 'inherit'}
      >
        {relativeText(value, new Date())}
      </Text>
    </Tooltip>
  );
}
