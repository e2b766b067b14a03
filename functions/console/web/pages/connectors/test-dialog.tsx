/** Tests a connection step by step, as a sync would use it. */
import { Alert, Button, Group, Modal, Stack, Text, ThemeIcon, Timeline } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Check, X } from 'lucide-react';
import { call } from '../../api/call';
import { durationText } from '../../parts/format';
import { Waiting } from '../../parts/loaded';
import { ProblemAlert } from '../../parts/problem';
import type { Connector } from './connector';

interface Props {
  readonly connector: Connector;
  readonly opened: boolean;
  readonly onClose: () => void;
}

const stepLabels = {
  token: 'Sign in at Entra ID',
  resource_manager: 'Reach Azure Resource Manager',
  factories: 'Find data factories',
};

export function TestDialog({ connector, opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Test of ${connector.name}`} centered>
      <TestResult connectorId={connector.id} onClose={onClose} />
    </Modal>
  );
}

function TestResult({
  connectorId,
  onClose,
}: {
  readonly connectorId: string;
  readonly onClose: () => void;
}) {
  const test = useQuery({
    queryKey: ['testConnection', connectorId],
    queryFn: ({ signal }) => call('testConnection', { params: { connectorId } }, { signal }),
    staleTime: 0,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
  const repeat = () => void test.refetch();
  return (
    <Stack aria-live="polite">
      {test.isFetching && !test.data && <Waiting rows={3} onRetry={repeat} />}
      {test.isError && <ProblemAlert error={test.error} onRetry={repeat} />}
      {test.data && (
        <>
          <Alert color={test.data.ok ? 'teal' : 'red'} variant="light">
            {test.data.ok
              ? 'The connection works.'
              : 'The connection does not work. The failed step says why.'}
          </Alert>
          <Timeline bulletSize={26} active={test.data.steps.length}>
            {test.data.steps.map(({ name, ok, message, durationMs }) => (
              <Timeline.Item
                key={name}
                title={stepLabels[name]}
                bullet={
                  <ThemeIcon size={22} radius="xl" color={ok ? 'teal' : 'red'}>
                    {ok ? <Check size={14} aria-hidden /> : <X size={14} aria-hidden />}
                  </ThemeIcon>
                }
              >
                <Text size="sm">{message}</Text>
                <Text size="xs" c="var(--app-muted)">
                  {ok ? 'Passed' : 'Failed'} in {durationText(durationMs)}
                </Text>
              </Timeline.Item>
            ))}
          </Timeline>
        </>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={repeat} loading={test.isFetching}>
          Test again
        </Button>
        <Button onClick={onClose}>Close</Button>
      </Group>
    </Stack>
  );
}
