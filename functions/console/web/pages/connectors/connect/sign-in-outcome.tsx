/** What a sign-in at Microsoft has led to, after the browser has returned. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useRead } from '../../../api/queries';
import { Loaded } from '../../../parts/loaded';
import { ProblemAlert } from '../../../parts/problem';
import type { Connector } from '../connector';
import { Connected } from './connected';

interface Props {
  readonly connector: Connector;
  readonly sessionId: string;
  readonly onClose: () => void;
  readonly onRetry: () => void;
}

export function SignInOutcome({ connector, sessionId, onClose, onRetry }: Props) {
  const session = useRead(
    'getOAuthSession',
    { params: { connectorId: connector.id, sessionId } },
    { isActive: ({ status }) => status === 'pending' },
  );
  return (
    <Modal opened onClose={onClose} title={connector.name} centered>
      <Loaded query={session} rows={3}>
        {({ status, outcome }) =>
          status === 'succeeded' ? (
            <Connected connectorId={connector.id} onClose={onClose} />
          ) : status === 'pending' ? (
            <Text role="status">Waiting for the sign-in to be completed…</Text>
          ) : (
            <Stack>
              <ProblemAlert
                error={new Error(outcome?.message ?? 'The sign-in was not completed.')}
              />
              {outcome?.action && <Text size="sm">{outcome.action.label}</Text>}
              <Group justify="flex-end">
                <Button variant="default" onClick={onClose}>
                  Close
                </Button>
                <Button onClick={onRetry}>Try again</Button>
              </Group>
            </Stack>
          )
        }
      </Loaded>
    </Modal>
  );
}
