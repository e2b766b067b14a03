/** Creates a provisioning connection. */
import { Button, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { fieldErrors } from '../../api/api-error';
import { call } from '../../api/call';
import { ProblemAlert } from '../../parts/problem';
import { addressesIn, newDraft } from './connection';
import { areAtFields, ConnectionFields } from './connection-fields';

export function ConnectionForm() {
  const [draft, setDraft] = useState(newDraft);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: () => {
      const { name, profile } = draft;
      const allowedAddresses = addressesIn(draft);
      return call('createProvisioningConnection', {
        body: { name, profile, ...(allowedAddresses.length > 0 && { allowedAddresses }) },
      });
    },
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ['listProvisioningConnections'] });
      await navigate(`/provisioning/${id}`);
    },
  });
  const errors = fieldErrors(create.error);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!create.isPending) create.mutate();
      }}
    >
      <Stack>
        <ConnectionFields draft={draft} errors={errors} onChange={setDraft} />
        {create.isError && !areAtFields(errors) && <ProblemAlert error={create.error} />}
        <Button type="submit" loading={create.isPending}>
          Create
        </Button>
      </Stack>
    </form>
  );
}
