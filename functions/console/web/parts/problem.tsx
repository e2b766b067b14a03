/** What is wrong and what to do: the problem of a response, with its id for support. */
import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { ApiError } from '../api/api-error';
import { Copy } from './copy';
import { isSafeLink } from './safe-link';

interface Props {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

export function ProblemAlert({ error, onRetry }: Props) {
  const problem = error instanceof ApiError ? error.problem : undefined;
  const detail = error instanceof Error ? error.message : 'An unknown error occurred.';
  const { action, upstream, errors = [] } = problem ?? {};
  const id = error instanceof ApiError ? (error.requestId ?? problem?.instance) : undefined;
  return (
    <Alert
      color="red"
      variant="light"
      icon={<TriangleAlert size={20} aria-hidden />}
      title={problem?.title ?? 'Something went wrong'}
      role="alert"
    >
      <Stack gap="xs">
        <Text size="sm">{detail}</Text>
        {errors.map(({ pointer, detail: text }) => (
          <Text size="sm" key={pointer}>
            {text}
          </Text>
        ))}
        {action && (
          <Text size="sm" fw={600}>
            {action.href !== undefined && isSafeLink(action.href) ? (
              <Anchor href={action.href} target="_blank" rel="noreferrer">
                {action.label}
              </Anchor>
            ) : (
              action.label
            )}
          </Text>
        )}
        {(onRetry || id || upstream) && (
          <Group gap="xs" justify="space-between">
            {onRetry && (
              <Button size="xs" variant="default" onClick={onRetry}>
                Try again
              </Button>
            )}
            {id && (
              <Group gap={4}>
                <Text size="xs" c="var(--app-muted)">
                  {upstream ? `${upstream.code} · ` : ''}Request {id.slice(0, 8)}…
                </Text>
                <Copy value={id} label="Copy the request id" />
              </Group>
            )}
          </Group>
        )}
      </Stack>
    </Alert>
  );
}
