/** What is pending, what is held, and what drifted at Azure. */
import { Alert, Button, Group, List, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { RefreshCcw } from 'lucide-react';
import { useState } from 'react';
import { call } from '../../api/call';
import { useRead } from '../../api/queries';
import { ConfirmDialog } from '../../parts/confirm';
import { FactsCard } from '../../parts/facts';
import { numberText, wordsOf } from '../../parts/format';
import { Loaded } from '../../parts/loaded';
import { notifyDone, notifyFailed } from '../../parts/notify';
import { Time } from '../../parts/time';
import { roleTexts, scopeName } from './grant';

export function AccessState({ connectionId }: { readonly connectionId: string }) {
  const [isConfirming, setIsConfirming] = useState(false);
  const queries = useQueryClient();
  const params = { connectionId };
  const query = useRead(
    'getAccessStatus',
    { params },
    { isActive: ({ pending }) => pending.grants + pending.revocations > 0 },
  );
  const reconcile = useMutation({
    mutationFn: () => call('reconcileAccess', { params }),
    onSuccess: async () => {
      notifyDone('Role assignments were compared with Azure.');
      await queries.invalidateQueries({ queryKey: ['getAccessStatus'] });
    },
    onError: notifyFailed,
  });
  return (
    <Stack>
      <Group>
        <Button
          variant="default"
          leftSection={<RefreshCcw size={16} />}
          loading={reconcile.isPending}
          onClick={() => reconcile.mutate()}
        >
          Compare with Azure now
        </Button>
      </Group>
      <Loaded query={query}>
        {({ pending, revocationsHeldAt, pendingPrincipals, drift }) => (
          <Stack>
            {revocationsHeldAt && (
              <Alert color="yellow" variant="light" title="A mass revocation waits for you">
                {pending.held} users and groups would lose roles at once, since{' '}
                <Time value={revocationsHeldAt} />. To dismiss it, give them back at the identity
                provider what was taken from them.
                <Group mt="sm">
                  <Button size="xs" onClick={() => setIsConfirming(true)}>
                    Let it go on
                  </Button>
                </Group>
              </Alert>
            )}
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              <FactsCard
                title="Pending"
                facts={[
                  ['May lose roles', numberText(pending.revocations)],
                  ['May gain roles', numberText(pending.grants)],
                  ['Held', numberText(pending.held)],
                  [
                    'Oldest',
                    pending.oldestRequestedAt && <Time value={pending.oldestRequestedAt} />,
                  ],
                ]}
              />
              <FactsCard
                title="Drift"
                facts={
                  drift
                    ? [
                        ['Compared', <Time value={drift.reconciledAt} />],
                        ['Missing, made again', numberText(drift.missing)],
                        ['Leftovers, deleted', numberText(drift.unwanted)],
                        ['By others, or held', numberText(drift.foreignCount)],
                        [
                          'Not readable',
                          drift.failedScopes.map(({ scope }) => scopeName(scope)).join(', '),
                        ],
                      ]
                    : [['Compared', 'Not yet']]
                }
              />
            </SimpleGrid>
            {pendingPrincipals.length > 0 && (
              <section>
                <Title order={2} size="h4" mb="xs">
                  Not found in Entra
                </Title>
                <List size="sm">
                  {pendingPrincipals.map(({ subject, reason, pendingAt }) => (
                    <List.Item key={subject.id}>
                      {subject.name ?? subject.id}: {wordsOf(reason)}, since{' '}
                      <Time value={pendingAt} />
                    </List.Item>
                  ))}
                </List>
              </section>
            )}
            {drift && drift.foreign.length > 0 && (
              <section>
                <Title order={2} size="h4" mb="xs">
                  Assigned by others, or held
                </Title>
                <List size="sm">
                  {drift.foreign.map(({ name, role, scope, principalId }) => (
                    <List.Item key={name}>
                      <Text size="sm" className="breakable">
                        {roleTexts[role]} on {scopeName(scope)} to {principalId}
                      </Text>
                    </List.Item>
                  ))}
                </List>
              </section>
            )}
          </Stack>
        )}
      </Loaded>
      <ConfirmDialog
        opened={isConfirming}
        onClose={() => setIsConfirming(false)}
        title="Let the revocations go on"
        effect="The roles are taken away now. For the following hour nothing is held."
        confirmLabel="Revoke"
        onConfirm={async () => {
          await call('confirmRevocations', { params });
          await queries.invalidateQueries();
        }}
      />
    </Stack>
  );
}
