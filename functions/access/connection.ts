/** The provisioning connection that a request names. */
import { NotFoundError } from '../errors/app-error';
import type { DirectoryKey } from './directory';
import type { ConnectionLookup } from './ports';

/** Throws NotFoundError unless the tenant has the connection and is not deleting it. */
export async function assertConnection(
  connections: Pick<ConnectionLookup, 'get'>,
  key: DirectoryKey,
): Promise<void> {
  const connection = await connections.get(key);
  if (connection && connection.deletingSince === undefined) return;
  throw new NotFoundError(
    'access_not_found',
    'There is no provisioning connection with this id. Check the id.',
  );
}
