/** Connector types with their methods, as the API describes them. */
import { useRead } from '../../api/queries';
import type { ItemOf } from '../../api/endpoint-types';
import type { Method } from './connector';

export type ConnectorType = ItemOf<'listConnectorTypes'>;
export type ConnectionMethod = ConnectorType['methods'][number];
export type FormField = ConnectionMethod['fields'][number];

export const useConnectorTypes = () => useRead('listConnectorTypes', {});

/** `undefined` while the labels are read. */
export function useMethodLabel(): (method: Method | null) => string {
  const { data } = useConnectorTypes();
  return (method) => {
    if (method === null) return 'Not chosen';
    const methods = data?.items.flatMap((type) => type.methods) ?? [];
    return methods.find((known) => known.method === method)?.label ?? '…';
  };
}
