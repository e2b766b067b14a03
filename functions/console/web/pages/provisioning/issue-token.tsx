/** Issues a token, or rotates: the token is shown once, and the dialog stays until it was stored. */
import {
  Alert,
  Button,
  Checkbox,
  Group,
  Modal,
  NumberInput,
  Stack,
  TextInput,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { call } from '../../api/call';
import { Copy } from '../../parts/copy';
import { ProblemAlert } from '../../parts/problem';

interface Props {
  readonly connectionId: string;
  /** Another token is active, so this one replaces it. */
  readonly isRotation: boolean;
}

export function IssueToken({ connectionId, isRotation }: Props) {
  const [opened, setOpened] = useState(false);
  const [secret, setSecret] = useState<string>();
  const close = () => {
    setOpened(false);
    setSecret(undefined);
  };
  const label = isRotation ? 'Rotate token' : 'Issue token';
  return (
    <>
      <Button leftSection={<KeyRound size={16} />} onClick={() => setOpened(true)}>
        {label}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={secret === undefined ? label : 'Store this token now'}
        closeOnClickOutside={secret === undefined}
        closeOnEscape={secret === undefined}
        withCloseButton={secret === undefined}
        centered
      >
        {secret === undefined ? (
          <Form connectionId={connectionId} isRotation={isRotation} onIssued={setSecret} />
        ) : (
          <Shown secret={secret} onStored={close} />
        )}
      </Modal>
    </>
  );
}

function Form({
  connectionId,
  isRotation,
  onIssued,
}: Props & { readonly onIssued: (token: string) => void }) {
  const [lifetimeDays, setLifetimeDays] = useState(180);
  const [overlapDays, setOverlapDays] = useState(7);
  const queries = useQueryClient();
  const issue = useMutation({
    mutationFn: () =>
      call('issueProvisioningToken', {
        params: { connectionId },
        body: { lifetimeDays, ...(isRotation && { overlapDays }) },
      }),
    onSuccess: async ({ token }) => {
      onIssued(token);
      await queries.invalidateQueries({ queryKey: ['getProvisioningConnection'] });
    },
    // The token must not stay in the memory of the page.
    gcTime: 0,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!issue.isPending) issue.mutate();
      }}
    >
      <Stack>
        <NumberInput
          label="Lifetime in days"
          min={1}
          value={lifetimeDays}
          onChange={(value) => setLifetimeDays(Number(value))}
          required
        />
        {isRotation && (
          <NumberInput
            label="Days until the present token ends"
            description="Time to enter the new one at the identity provider. 0 ends it at once."
            min={0}
            max={90}
            value={overlapDays}
            onChange={(value) => setOverlapDays(Number(value))}
          />
        )}
        {issue.isError && <ProblemAlert error={issue.error} />}
        <Button type="submit" loading={issue.isPending}>
          {isRotation ? 'Rotate' : 'Issue'}
        </Button>
      </Stack>
    </form>
  );
}

function Shown({ secret, onStored }: { readonly secret: string; readonly onStored: () => void }) {
  const [isStored, setIsStored] = useState(false);
  return (
    <Stack>
      <Alert color="yellow" variant="light">
        It is shown once. Enter it as secret token at the identity provider, or put it into a
        password manager.
      </Alert>
      <Group wrap="nowrap" align="flex-end">
        <TextInput label="Token" value={secret} readOnly autoComplete="off" flex={1} />
        <Copy value={secret} label="Copy the token" />
      </Group>
      <Checkbox
        label="I have stored it"
        checked={isStored}
        onChange={({ currentTarget }) => setIsStored(currentTarget.checked)}
      />
      <Button disabled={!isStored} onClick={onStored}>
        Close
      </Button>
    </Stack>
  );
}
