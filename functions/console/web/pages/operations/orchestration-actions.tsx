/** Suspend, resume, terminate, restart, rewind, raise an event, purge: each names its effect. */
import { Button, Menu, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ChevronDown } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router';
import { call } from '../../api/call';
import { ConfirmDialog } from '../../parts/confirm';
import { notifyDone } from '../../parts/notify';
import { ProblemAlert } from '../../parts/problem';
import { isActive, type OrchestrationDetail } from './orchestration';

type Action = 'suspend' | 'resume' | 'terminate' | 'restart' | 'rewind' | 'purge';

const labels: Readonly<Record<Action, string>> = {
  suspend: 'Suspend',
  resume: 'Resume',
  terminate: 'Terminate',
  restart: 'Restart',
  rewind: 'Rewind',
  purge: 'Purge',
};

function effectOf(action: Action, { syncRunId }: OrchestrationDetail): string {
  const isSync = syncRunId !== undefined;
  switch (action) {
    case 'suspend':
      return isSync
        ? 'The sync run is paused after the pages that are being read. It can be resumed.'
        : 'Steps that are running end first. It can be resumed.';
    case 'resume':
      return isSync ? 'The sync run goes on where it stopped.' : 'It goes on where it stopped.';
    case 'terminate':
      return isSync
        ? 'The sync run ends now as cancelled. What was read stays in the catalog.'
        : 'It ends now and cannot be resumed. What its steps did stays.';
    case 'restart':
      return isSync
        ? 'A new sync run of the connector begins.'
        : 'It starts again from its beginning with the same input, under a new id.';
    case 'rewind':
      return 'The steps that failed are repeated; those that completed are not.';
    case 'purge':
      return 'Its timeline is deleted and cannot be read again. What it did stays.';
  }
}

const allowedActions = ({ status }: OrchestrationDetail): readonly Action[] => {
  if (status === 'Suspended') return ['resume', 'terminate'];
  if (status === 'Failed') return ['rewind', 'restart', 'purge'];
  return isActive({ status }) ? ['suspend', 'terminate'] : ['restart', 'purge'];
};

export function OrchestrationActions({
  orchestration,
}: {
  readonly orchestration: OrchestrationDetail;
}) {
  const [action, setAction] = useState<Action>();
  const [isRaising, setIsRaising] = useState(false);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { instanceId } = orchestration;
  const params = { instanceId };
  const carryOut = async (chosen: Action) => {
    if (chosen === 'restart') {
      const started = await call('restartOrchestration', { params });
      await navigate(`/operations/${started.instanceId}`);
    } else {
      await call(`${chosen}Orchestration`, { params });
      if (chosen === 'purge') await navigate('/operations');
    }
    notifyDone(`${labels[chosen]}: accepted.`);
    await queries.invalidateQueries();
  };
  return (
    <>
      {allowedActions(orchestration).map((each) => (
        <Button
          key={each}
          variant={each === 'resume' ? 'filled' : 'default'}
          onClick={() => setAction(each)}
        >
          {labels[each]}
        </Button>
      ))}
      {isActive(orchestration) && (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" rightSection={<ChevronDown size={16} aria-hidden />}>
              More
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setIsRaising(true)}>Raise an event</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {action && (
        <ConfirmDialog
          opened
          onClose={() => setAction(undefined)}
          title={`${labels[action]} this orchestration`}
          effect={effectOf(action, orchestration)}
          confirmLabel={labels[action]}
          color={['terminate', 'purge'].includes(action) ? 'red' : 'indigo'}
          onConfirm={() => carryOut(action)}
        />
      )}
      <Modal opened={isRaising} onClose={() => setIsRaising(false)} title="Raise an event" centered>
        <RaiseEvent instanceId={instanceId} onDone={() => setIsRaising(false)} />
      </Modal>
    </>
  );
}

function RaiseEvent({
  instanceId,
  onDone,
}: {
  readonly instanceId: string;
  readonly onDone: () => void;
}) {
  const [eventName, setEventName] = useState('');
  const [data, setData] = useState('');
  const isJson = data.trim() === '' || parses(data);
  const raise = useMutation({
    mutationFn: () =>
      call('raiseOrchestrationEvent', {
        params: { instanceId, eventName },
        body: data.trim() === '' ? {} : { data: JSON.parse(data) },
      }),
    onSuccess: () => {
      notifyDone(`The event ${eventName} was raised.`);
      onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isJson && eventName !== '' && !raise.isPending) raise.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          description="Name that the orchestrator waits for. Others ignore it."
          value={eventName}
          onChange={({ currentTarget }) => setEventName(currentTarget.value.trim())}
          required
          data-autofocus
        />
        <Textarea
          label="Data"
          description="JSON, or empty."
          autosize
          minRows={3}
          value={data}
          onChange={({ currentTarget }) => setData(currentTarget.value)}
          error={isJson ? undefined : 'Data must be JSON.'}
        />
        {raise.isError && <ProblemAlert error={raise.error} />}
        <Button type="submit" loading={raise.isPending}>
          Raise
        </Button>
      </Stack>
    </form>
  );
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
