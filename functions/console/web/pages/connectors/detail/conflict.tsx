/** Another person has saved first: who and when. What was typed stays, and may be saved over it. */
import { Alert, Text } from '@mantine/core';
import { ApiError } from '../../../api/api-error';
import { useRead } from '../../../api/queries';
import { Time } from '../../../parts/time';

interface Props {
  readonly connectorId: string;
  readonly error: unknown;
  /** What is stored now. */
  readonly theirs: string;
}

export const isConflict = (error: unknown): boolean =>
  error instanceof ApiError && error.problem.status === 412;

export function Conflict({ connectorId, error, theirs }: Props) {
  const { data } = useRead(
    'listConnectorEvents',
    { params: { connectorId }, query: { limit: 1 } },
    { enabled: isConflict(error) },
  );
  if (!isConflict(error)) return null;
  const latest = data?.items[0];
  const name = !latest || latest.actor === 'system' ? 'adf-connect' : latest.actor.displayName;
  return (
    <Alert color="yellow" title="Changed in the meantime" role="alert">
      <Text size="sm">
        {latest && (
          <>
            Changed by {name} <Time value={latest.occurredAt} />.{' '}
          </>
        )}
        Now it is: {theirs}. Your input is kept; save again to replace theirs.
      </Text>
    </Alert>
  );
}
