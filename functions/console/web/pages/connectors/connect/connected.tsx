/** The end of connecting, and the next step. */
import { Button, Group, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { Check } from 'lucide-react';
import { useRunSync } from '../run-sync';

interface Props {
  readonly connectorId: string;
  readonly onClose: () => void;
}

export function Connected({ connectorId, onClose }: Props) {
  const run = useRunSync(connectorId);
  return (
    <Stack align="center" py="md" role="status">
      <ThemeIcon size={64} radius="xl" color="teal" variant="light">
        <Check size={32} aria-hidden />
      </ThemeIcon>
      <Title order={2} size="h3">
        Connected
      </Title>
      <Text ta="center" maw={380}>
        The account was verified. The initial sync copies the metadata of every data factory that it
        can read.
      </Text>
      <Group mt="sm">
        <Button variant="default" onClick={onClose}>
          Later
        </Button>
        <Button onClick={() => run.mutate()} loading={run.isPending} data-autofocus>
          Run Initial Sync
        </Button>
      </Group>
    </Stack>
  );
}
