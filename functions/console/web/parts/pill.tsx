/** A state as text with a color and an icon: never by color alone. */
import { Badge, Tooltip } from '@mantine/core';
import type { LucideIcon } from 'lucide-react';
import type { Tone } from './tone';

export type { Tone };

const colors: Readonly<Record<Tone, string>> = {
  good: 'teal',
  bad: 'red',
  warning: 'yellow',
  active: 'indigo',
  neutral: 'gray',
};

interface Props {
  readonly tone: Tone;
  readonly label: string;
  readonly icon?: LucideIcon;
  /** Shown on hover and focus. */
  readonly hint?: string | undefined;
}

export function Pill({ tone, label, icon: Icon, hint }: Props) {
  const badge = (
    <Badge
      color={colors[tone]}
      variant="light"
      size="lg"
      radius="xl"
      className="pill"
      data-tone={tone}
      leftSection={Icon && <Icon size={14} aria-hidden />}
      {...(hint !== undefined && { tabIndex: 0 })}
    >
      {label}
    </Badge>
  );
  return hint === undefined ? (
    badge
  ) : (
    <Tooltip label={hint} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      {badge}
    </Tooltip>
  );
}
