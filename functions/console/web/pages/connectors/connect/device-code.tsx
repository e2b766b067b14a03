/** A sign-in on another device: the code, where to enter it, the time left and the live state. */
import { Anchor, Button, Group, Paper, Progress, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { fieldErrors } from '../../../api/api-error';
import { call } from '../../../api/call';
import type { Output } from '../../../api/endpoint-types';
import { useRead } from '../../../api/queries';
import { Copy } from '../../../parts/copy';
import { durationText } from '../../../parts/format';
import { ProblemAlert } from '../../../parts/problem';
import { isSafeLink } from '../../../parts/safe-link';
import type { Connector } from '../connector';
import type { ConnectionMethod } from '../methods';
import { useRefreshConnectors } from '../refresh-connector';
import { ConnectFields } from './connect-fields';
import { bodyOf, type Values } from './form-values';

interface Props {
  readonly method: ConnectionMethod;
  readonly connector: Connector;
  readonly onConnected: () => void;
}

export function DeviceCode({ method: { fields }, connector, onConnected }: Props) {
  const [values, setValues] = useState<Values>({});
  const start = useMutation({
    mutationFn: () =>
      call('startDeviceSession', {
        params: { connectorId: connector.id },
        body: bodyOf(fields, values),
      }),
  });
  if (start.data)
    return (
      <WaitForDevice
        key={start.data.id}
        connectorId={connector.id}
        session={start.data}
        onConnected={onConnected}
        onRestart={() => start.mutate()}
      />
    );
  return (
    <Stack>
      <ConnectFields
        fields={fields}
        values={values}
        errors={fieldErrors(start.error)}
        onChange={setValues}
      />
      {start.isError && <ProblemAlert error={start.error} />}
      <Group justify="flex-end">
        <Button onClick={() => start.mutate()} loading={start.isPending}>
          Get a code
        </Button>
      </Group>
    </Stack>
  );
}

interface WaitProps {
  readonly connectorId: string;
  readonly session: Output<'startDeviceSession'>;
  readonly onConnected: () => void;
  readonly onRestart: () => void;
}

function WaitForDevice({ connectorId, session, onConnected, onRestart }: WaitProps) {
  const { id, userCode, verificationUri, expiresAt } = session;
  const refresh = useRefreshConnectors();
  const state = useRead(
    'getDeviceSession',
    { params: { connectorId, sessionId: id } },
    { isActive: ({ status }) => status === 'pending' },
  );
  const status = state.data?.status ?? 'pending';
  useEffect(() => {
    if (status === 'succeeded') void refresh().then(onConnected);
  }, [status, refresh, onConnected]);
  const cancel = useMutation({
    mutationFn: () => call('cancelDeviceSession', { params: { connectorId, sessionId: id } }),
    onSuccess: () => state.refetch(),
  });
  const [total] = useState(() => Date.parse(expiresAt) - Date.now());
  const left = useTimeLeft(expiresAt);
  if (status !== 'pending' && status !== 'succeeded')
    return (
      <Stack>
        <ProblemAlert
          error={new Error(state.data?.outcome?.message ?? 'The code was not used.')}
          onRetry={onRestart}
        />
      </Stack>
    );
  return (
    <Stack>
      <Paper withBorder p="lg" radius="md">
        <Stack align="center" gap="xs">
          <Text size="sm">Enter this code</Text>
          <Group gap="xs">
            <Title order={2} ff="monospace" lts={2}>
              {userCode}
            </Title>
            <Copy value={userCode} label="Copy the code" />
          </Group>
          <Text size="sm">
            at{' '}
            {isSafeLink(verificationUri) ? (
              <Anchor href={verificationUri} target="_blank" rel="noreferrer">
                {verificationUri}
              </Anchor>
            ) : (
              verificationUri
            )}
          </Text>
        </Stack>
      </Paper>
      <Progress value={(100 * left) / total} size="sm" aria-label="Time left" />
      <Text size="sm" role="status">
        Waiting for the sign-in.
      </Text>
      <Text size="sm" c="var(--app-muted)">
        {durationText(left)} left. Never pass the code on to another person.
      </Text>
      {(state.error ?? cancel.error) && <ProblemAlert error={state.error ?? cancel.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={() => cancel.mutate()} loading={cancel.isPending}>
          Cancel
        </Button>
      </Group>
    </Stack>
  );
}

function useTimeLeft(until: string): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Date.parse(until) - now);
}
