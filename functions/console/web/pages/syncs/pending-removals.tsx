/** So much was removed at once that it waits for a confirmation. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { ShieldAlert } from 'lucide-react';
import { useState } from 'react';
import { call } from '../../api/call';
import { ConfirmDialog } from '../../parts/confirm';
import { useRole } from '../../session/person';
import type { DetailedSyncRun } from './sync-run';

export function PendingRemovals({ run }: { readonly run: DetailedSyncRun }) {
  const isOwner = useRole('Owner');
  const [isConfirming, setIsConfirming] = useState(false);
  const queries = useQueryClient();
  const messages = run.factories.flatMap(({ name, warnings }) =>
    warnings.map(({ kind, message }) => `${name}, ${kind}: ${message}`),
  );
  return (
    <Alert
      color="yellow"
      icon={<ShieldAlert size={20} aria-hidden />}
      title="Many resources were removed at once"
    >
      <Stack gap="xs">
        <Text size="sm">
          They are hidden, and kept until the removal is confirmed or they are found again.
        </Text>
        {messages.map((message) => (
          <Text size="sm" key={message}>
            {message}
          </Text>
        ))}
        <Group>
          {isOwner ? (
            <Button size="xs" variant="default" onClick={() => setIsConfirming(true)}>
              Confirm the removal
            </Button>
          ) : (
            <Text size="sm">An Owner can confirm it.</Text>
          )}
        </Group>
      </Stack>
      <ConfirmDialog
        opened={isConfirming}
        onClose={() => setIsConfirming(false)}
        title="Confirm the removal?"
        confirmLabel="Confirm"
        effect="The removed resources and their history are purged when their retention ends."
        onConfirm={async () => {
          await call('confirmRemovals', {
            params: { connectorId: run.connectorId, syncRunId: run.id },
          });
          await queries.invalidateQueries({ queryKey: ['getSync'] });
        }}
      />
    </Alert>
  );
}
