/** Changes a provisioning connection: its name, its provider and the addresses that may call. */
import { Alert, Button, Card, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, fieldErrors } from '../../api/api-error';
import { call } from '../../api/call';
import { notifyDone } from '../../parts/notify';
import { ProblemAlert } from '../../parts/problem';
import { addressesIn, draftOf, type Connection } from './connection';
import { areAtFields, ConnectionFields } from './connection-fields';

const isConflict = (error: unknown) => error instanceof ApiError && error.problem.status === 412;

export function ConnectionSettings({ connection }: { readonly connection: Connection }) {
  const [draft, setDraft] = useState(() => draftOf(connection));
  // The version that the input is based on, which a refresh in the background must not change.
  const [etag, setEtag] = useState(connection.etag);
  const queries = useQueryClient();
  const params = { connectionId: connection.id };
  const change = useMutation({
    mutationFn: () => {
      const { name, profile } = draft;
      const addresses = addressesIn(draft);
      const body = { name, profile, allowedAddresses: addresses.length > 0 ? addresses : null };
      return call('updateProvisioningConnection', { params, body }, { ifMatch: etag });
    },
    onSuccess: async (changed) => {
      setEtag(changed.etag);
      setDraft(draftOf(changed));
      await queries.invalidateQueries({ queryKey: ['getProvisioningConnection'] });
      await queries.invalidateQueries({ queryKey: ['listProvisioningConnections'] });
      notifyDone('The connection is saved.');
    },
    onError: async (error) => {
      if (isConflict(error)) setEtag((await call('getProvisioningConnection', { params })).etag);
    },
  });
  const errors = fieldErrors(change.error);
  return (
    <Card withBorder radius="md" padding="lg" maw={640}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!change.isPending) change.mutate();
        }}
      >
        <Stack>
          <ConnectionFields draft={draft} errors={errors} onChange={setDraft} />
          {isConflict(change.error) && (
            <Alert color="yellow" title="Changed in the meantime" role="alert">
              <Text size="sm">
                Another person has saved the connection. Your input is kept; save again to replace
                theirs.
              </Text>
            </Alert>
          )}
          {change.isError && !areAtFields(errors) && !isConflict(change.error) && (
            <ProblemAlert error={change.error} />
          )}
          <Group justify="flex-end">
            <Button type="submit" loading={change.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
