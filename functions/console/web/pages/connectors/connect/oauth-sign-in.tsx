/** Leaves for Microsoft in the same window. The person returns to the page of the connector. */
import { Button, Collapse, Group, Stack, UnstyledButton, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldErrors } from '../../../api/api-error';
import { call } from '../../../api/call';
import { ProblemAlert } from '../../../parts/problem';
import type { Connector } from '../connector';
import type { ConnectionMethod } from '../methods';
import { ConnectFields } from './connect-fields';
import { bodyOf, type Values } from './form-values';
import { rememberConnecting } from './returning';

interface Props {
  readonly method: ConnectionMethod;
  readonly connector: Connector;
}

export function OAuthSignIn({ method: { fields }, connector }: Props) {
  const [values, setValues] = useState<Values>({});
  const [opened, { toggle }] = useDisclosure();
  const start = useMutation({
    mutationFn: () =>
      call('startOAuthSession', {
        params: { connectorId: connector.id },
        body: {
          ...(bodyOf(fields, values) as object),
          returnTo: 'console',
          mode: connector.status === 'unconnected' ? 'connect' : 'reconnect',
        },
      }),
    onSuccess({ startUrl }) {
      rememberConnecting(connector.id);
      window.location.assign(startUrl);
    },
  });
  return (
    <Stack>
      <UnstyledButton onClick={toggle} aria-expanded={opened}>
        <Text size="sm" td="underline">
          {opened ? 'Fewer options' : 'More options'}
        </Text>
      </UnstyledButton>
      <Collapse expanded={opened}>
        <Stack>
          <ConnectFields
            fields={fields}
            values={values}
            errors={fieldErrors(start.error)}
            onChange={setValues}
          />
        </Stack>
      </Collapse>
      {start.isError && <ProblemAlert error={start.error} />}
      <Group justify="flex-end">
        <Button onClick={() => start.mutate()} loading={start.isPending || start.isSuccess}>
          Sign in with Microsoft
        </Button>
      </Group>
    </Stack>
  );
}
