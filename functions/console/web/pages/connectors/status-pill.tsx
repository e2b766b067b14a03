/** The status of a connector, with reason and next action on hover and focus. */
import { CircleAlert, CircleCheck, CircleDashed, CircleX } from 'lucide-react';
import { Pill } from '../../parts/pill';
import { statusLabels, toneOf, trouble, type Connector } from './connector';

const icons = { good: CircleCheck, warning: CircleAlert, bad: CircleX, neutral: CircleDashed };

export function StatusPill({ connector }: { readonly connector: Connector }) {
  const tone = toneOf(connector);
  return (
    <Pill
      tone={tone}
      label={statusLabels[connector.status]}
      icon={icons[tone as keyof typeof icons]}
      hint={trouble(connector)}
    />
  );
}
