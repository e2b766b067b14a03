/** Replaces the client secret of a connection. The new one is verified before the old one goes. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { fieldErrors } from '../../api/api-error';
import { call } from '../../api/call';
import { notifyDone } from '../../parts/notify';
import { ProblemAlert } from '../../parts/problem';
import { ConnectFields } from './connect/connect-fields';
import { bodyOf, emptySecrets, focusFirstError, type Values } from './connect/form-values';
import type { Connector } from './connector';
import { useConnectorTypes } from './methods';
import { useRefreshConnectors } from './refresh-connector';

interface Props {
  readonly connector: Connector;
  readonly opened: boolean;
  readonly onClose: () => void;
}

const names = ['clientSecret', 'secretExpiresAt'];

export function RotateDialog({ connector, opened, onClose }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`Rotate the secret of ${connector.name}`}
      size="lg"
      centered
    >
      <RotateForm connector={connector} onClose={onClose} />
    </Modal>
  );
}

function RotateForm({ connector, onClose }: Omit<Props, 'opened'>) {
  const { data: types } = useConnectorTypes();
  const [values, setValues] = useState<Values>({});
  const form = useRef<HTMLFormElement>(null);
  const refresh = useRefreshConnectors();
  const fields =
    types?.items[0]?.methods
      .find(({ method }) => method === 'client_credentials')
      ?.fields.filter(({ name }) => names.includes(name)) ?? [];
  const rotation = useMutation({
    mutationFn: () =>
      call('rotateCredential', {
        params: { connectorId: connector.id },
        body: bodyOf(fields, values) as never,
      }),
    async onSuccess() {
      await refresh();
      notifyDone('The old secret is not used any more.', 'Secret replaced');
      onClose();
    },
    onError: (error) => focusFirstError(form.current, fieldErrors(error)),
    onSettled: () => setValues((entered) => emptySecrets(fields, entered)),
  });
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!rotation.isPending) rotation.mutate();
      }}
    >
      <Stack>
        <Text size="sm">
          Create a new client secret in Entra, and paste its value here. It is tried before the old
          one is replaced, so the connection is never interrupted.
        </Text>
        <ConnectFields
          fields={fields}
          values={values}
          errors={fieldErrors(rotation.error)}
          onChange={setValues}
        />
        {rotation.isError && <ProblemAlert error={rotation.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={rotation.isPending}>
            Replace secret
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
