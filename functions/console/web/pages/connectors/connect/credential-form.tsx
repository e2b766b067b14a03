/** A credential that is typed: client credentials, or user name and password. */
import { Button, Group, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { fieldErrors } from '../../../api/api-error';
import { call } from '../../../api/call';
import { ProblemAlert } from '../../../parts/problem';
import type { Connector } from '../connector';
import type { ConnectionMethod } from '../methods';
import { useRefreshConnectors } from '../refresh-connector';
import { ConnectFields } from './connect-fields';
import { bodyOf, emptySecrets, focusFirstError, isComplete, type Values } from './form-values';

interface Props {
  readonly method: ConnectionMethod;
  readonly connector: Connector;
  readonly onConnected: () => void;
}

export function CredentialForm({ method: { method, fields }, connector, onConnected }: Props) {
  const [values, setValues] = useState<Values>({});
  const form = useRef<HTMLFormElement>(null);
  const refresh = useRefreshConnectors();
  const submission = useMutation({
    // The form is rendered from the schema of the body, which the API validates.
    mutationFn: () =>
      call('submitCredentials', {
        params: { connectorId: connector.id },
        body: { method, ...bodyOf(fields, values) } as never,
      }),
    async onSuccess() {
      await refresh();
      onConnected();
    },
    onError: (error) => focusFirstError(form.current, fieldErrors(error)),
    onSettled: () => setValues((entered) => emptySecrets(fields, entered)),
  });
  return (
    <form
      ref={form}
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        if (!submission.isPending) submission.mutate();
      }}
    >
      <Stack>
        <ConnectFields
          fields={fields}
          values={values}
          errors={fieldErrors(submission.error)}
          onChange={setValues}
        />
        {submission.isError && <ProblemAlert error={submission.error} />}
        <Group justify="flex-end">
          <Button
            type="submit"
            loading={submission.isPending}
            disabled={!isComplete(fields, values)}
          >
            Connect
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
