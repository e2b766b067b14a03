/** Asks before something is lost: names the effect, and wants a name typed if there is no way back. */
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ProblemAlert } from './problem';

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What happens, and what is lost. */
  readonly effect: ReactNode;
  readonly confirmLabel: string;
  /** To be typed before the button works. */
  readonly nameToType?: string;
  /** Runs once; the dialog closes when it has succeeded, and shows the problem if it has not. */
  readonly onConfirm: () => Promise<unknown>;
  readonly color?: string;
}

export function ConfirmDialog({ opened, onClose, title, ...content }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered>
      <Content onClose={onClose} {...content} />
    </Modal>
  );
}

function Content({
  onClose,
  effect,
  confirmLabel,
  nameToType,
  onConfirm,
  color = 'red.9',
}: Omit<Props, 'opened' | 'title'>) {
  const [typed, setTyped] = useState('');
  const confirmation = useMutation({ mutationFn: onConfirm, onSuccess: onClose });
  const isComplete = nameToType === undefined || typed.trim() === nameToType;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete && !confirmation.isPending) confirmation.mutate();
      }}
    >
      <Stack>
        <Text component="div" size="sm">
          {effect}
        </Text>
        {nameToType !== undefined && (
          <TextInput
            label={`Type “${nameToType}” to confirm`}
            value={typed}
            onChange={({ currentTarget }) => setTyped(currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        {confirmation.isError && <ProblemAlert error={confirmation.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Keep it
          </Button>
          <Button
            type="submit"
            color={color}
            loading={confirmation.isPending}
            disabled={!isComplete}
          >
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
