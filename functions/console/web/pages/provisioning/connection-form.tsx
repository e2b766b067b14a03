/** Creates a provisioning connection. */
import { Button, Select, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { call } from '../../api/call';
import { ProblemAlert } from '../../parts/problem';
import { profiles, type Connection } from './connection';

export function ConnectionForm() {
  const [name, setName] = useState('');
  const [profile, setProfile] = useState<Connection['profile']>('entra');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: () => call('createProvisioningConnection', { body: { name, profile } }),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ['listProvisioningConnections'] });
      await navigate(`/provisioning/${id}`);
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!create.isPending) create.mutate();
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          description="For people, such as the name of the directory."
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          maxLength={100}
          required
          data-autofocus
        />
        <Select
          label="Identity provider"
          description="Decides which shapes of requests are accepted."
          data={profiles}
          value={profile}
          onChange={(value) => setProfile((value ?? 'entra') as Connection['profile'])}
          allowDeselect={false}
        />
        {create.isError && <ProblemAlert error={create.error} />}
        <Button type="submit" loading={create.isPending}>
          Create
        </Button>
      </Stack>
    </form>
  );
}
