/** After a change of a connector: everything that shows it is read again. */
import { useQueryClient } from '@tanstack/react-query';

const shown = ['listConnectors', 'getConnector', 'listConnectorEvents', 'getSchedule'];

export function useRefreshConnectors(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await queries.invalidateQueries({
      predicate: ({ queryKey }) => shown.includes(String(queryKey[0])),
    });
  };
}
