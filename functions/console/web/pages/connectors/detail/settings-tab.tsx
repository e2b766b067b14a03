/** Name of a connector, and the way to its end. */
import { Button, Card, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldErrors } from '../../../api/api-error';
import { call } from '../../../api/call';
import { notifyDone } from '../../../parts/notify';
import { ProblemAlert } from '../../../parts/problem';
import { DeleteDialog, DisconnectDialog } from '../end-dialogs';
import { useRefreshConnectors } from '../refresh-connector';
import { Conflict, isConflict } from './conflict';
import type { DetailedConnector } from './detailed-connector';

export function SettingsTab({ connector }: { readonly connector: DetailedConnector }) {
  const [name, setName] = useState(connector.name);
  // The version that the typed name is based on, which a refresh in the background must not change.
  const [etag, setEtag] = useState(connector.etag);
  const [ending, setEnding] = useState<'disconnect' | 'delete'>();
  const refresh = useRefreshConnectors();
  const change = useMutation({
    mutationFn: () =>
      call(
        'updateConnector',
        { params: { connectorId: connector.id }, body: { name: name.trim() } },
        { ifMatch: etag },
      ),
    async onSuccess(changed) {
      setEtag(changed.etag);
      await refresh();
      notifyDone('The new name is saved.');
    },
    async onError(error) {
      if (!isConflict(error)) return;
      const { etag: theirs } = await call('getConnector', {
        params: { connectorId: connector.id },
      });
      setEtag(theirs);
      await refresh();
    },
  });
  const errors = fieldErrors(change.error);
  return (
    <Stack gap="lg" maw={640}>
      <Card withBorder radius="md" padding="lg">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!change.isPending) change.mutate();
          }}
        >
          <Stack>
            <Title order={2} size="h4">
              Name
            </Title>
            <TextInput
              label="Connector Name"
              value={name}
              onChange={({ currentTarget }) => setName(currentTarget.value)}
              error={errors['name']}
              maxLength={100}
              required
            />
            <Conflict connectorId={connector.id} error={change.error} theirs={connector.name} />
            {change.isError && !errors['name'] && !isConflict(change.error) && (
              <ProblemAlert error={change.error} />
            )}
            <Group justify="flex-end">
              <Button
                type="submit"
                loading={change.isPending}
                disabled={name.trim() === '' || name.trim() === connector.name}
              >
                Save
              </Button>
            </Group>
          </Stack>
        </form>
      </Card>
      <Card withBorder radius="md" padding="lg">
        <Title order={2} size="h4" mb="xs">
          End
        </Title>
        <Text size="sm" mb="md">
          Disconnecting deletes the credential and keeps the catalog. Deleting removes everything.
        </Text>
        <Group>
          <Button
            variant="default"
            onClick={() => setEnding('disconnect')}
            disabled={connector.status === 'unconnected'}
          >
            Disconnect
          </Button>
          <Button color="red.9" onClick={() => setEnding('delete')}>
            Delete
          </Button>
        </Group>
      </Card>
      <DisconnectDialog
        connector={connector}
        opened={ending === 'disconnect'}
        onClose={() => setEnding(undefined)}
      />
      <DeleteDialog
        connector={connector}
        opened={ending === 'delete'}
        onClose={() => setEnding(undefined)}
      />
    </Stack>
  );
}
