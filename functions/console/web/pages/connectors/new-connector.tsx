/** Creates a connector, and goes on to connect it. */
import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { fieldErrors } from '../../api/api-error';
import { call } from '../../api/call';
import { ProblemAlert } from '../../parts/problem';
import { usePerson } from '../../session/person';
import type { Method } from './connector';
import { useConnectorTypes } from './methods';

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function NewConnector({ opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="New connector" size="lg" centered>
      <NewConnectorForm onClose={onClose} />
    </Modal>
  );
}

function NewConnectorForm({ onClose }: Pick<Props, 'onClose'>) {
  const { displayName } = usePerson();
  const { data: types } = useConnectorTypes();
  const [name, setName] = useState('');
  const [connectedWith, setConnectedWith] = useState<Method>('oauth');
  // One key per opened window, so that a second click creates nothing more.
  const [idempotencyKey, setIdempotencyKey] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const navigate = useNavigate();
  const creation = useMutation({
    mutationFn: () =>
      call('createConnector', { body: { name: name.trim(), connectedWith } }, { idempotencyKey }),
    async onSuccess({ id }) {
      await queries.invalidateQueries({ queryKey: ['listConnectors'] });
      onClose();
      await navigate(`/connectors/${id}?connect=${connectedWith}`);
    },
  });
  const type = types?.items[0];
  const errors = fieldErrors(creation.error);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!creation.isPending) creation.mutate();
      }}
    >
      <Stack>
        <Select
          label="Connector"
          data={[{ value: type?.type ?? '', label: type?.label ?? '…' }]}
          value={type?.type ?? ''}
          readOnly
        />
        <TextInput
          label="Connector Name"
          description="How people recognize it. Unique in your tenant."
          value={name}
          onChange={({ currentTarget }) => {
            setName(currentTarget.value);
            setIdempotencyKey(crypto.randomUUID());
          }}
          error={errors['name']}
          maxLength={100}
          required
          data-autofocus
        />
        <Select
          label="Connected With"
          description={type?.methods.find(({ method }) => method === connectedWith)?.summary}
          data={type?.methods.map(({ method, label }) => ({ value: method, label })) ?? []}
          value={connectedWith}
          onChange={(value) => {
            setConnectedWith(value as Method);
            setIdempotencyKey(crypto.randomUUID());
          }}
          allowDeselect={false}
        />
        <TextInput
          label="Credential Owner"
          description="The person who gives the credential: you."
          value={displayName}
          readOnly
        />
        {creation.isError && !errors['name'] && <ProblemAlert error={creation.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={creation.isPending} disabled={name.trim() === ''}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
