/** Starts a sync run and shows its progress. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { call } from '../../api/call';
import { notifyFailed } from '../../parts/notify';

export function useRunSync(connectorId: string) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      call(
        'startSync',
        { params: { connectorId }, body: {} },
        { idempotencyKey: crypto.randomUUID() },
      ),
    async onSuccess({ id }) {
      await queries.invalidateQueries({ queryKey: ['listConnectors'] });
      await navigate(`/connectors/${connectorId}/syncs/${id}`);
    },
    onError: notifyFailed,
  });
}
