/** An empty view: what belongs here, and the next step. */
import { Center, Stack, Text, ThemeIcon } from '@mantine/core';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface Props {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly text: string;
  readonly action?: ReactNode;
}

export function Empty({ icon: Icon, title, text, action }: Props) {
  return (
    <Center py={56} px="md">
      <Stack align="center" gap="xs" maw={420} ta="center">
        <ThemeIcon size={56} radius="xl" variant="light">
          <Icon size={26} aria-hidden />
        </ThemeIcon>
        <Text fw={600} size="lg" mt="xs">
          {title}
        </Text>
        <Text c="var(--app-muted)">{text}</Text>
        {action}
      </Stack>
    </Center>
  );
}
