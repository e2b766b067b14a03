/** Facts as label and value. A fact without a value is left out. */
import { Card, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  readonly title: string;
  readonly facts: readonly (readonly [label: string, value: ReactNode])[];
  readonly children?: ReactNode;
}

export function FactsCard({ title, facts, children }: Props) {
  const known = facts.filter(([, value]) => value !== undefined && value !== null && value !== '');
  return (
    <Card withBorder radius="md" padding="lg">
      <Title order={2} size="h4" mb="md">
        {title}
      </Title>
      <Stack component="dl" gap="sm" m={0}>
        {known.map(([label, value]) => (
          <div key={label} className="fact">
            <Text component="dt" size="sm" c="var(--app-muted)">
              {label}
            </Text>
            <Text component="dd" size="sm" m={0} className="breakable">
              {value}
            </Text>
          </div>
        ))}
      </Stack>
      {children}
    </Card>
  );
}
