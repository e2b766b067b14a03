/** Opens the queues of a connection, as the settings describe it. */
import { ManagedIdentityCredential } from '@azure/identity';
import { QueueServiceClient } from '@azure/storage-queue';
import type { Environment } from '../worker/environment';

/** `{connection}` is a connection string, or `{connection}__queueServiceUri` a URL for an identity. */
export function openQueues(connection: string, env: Environment): QueueServiceClient {
  const text = env[connection];
  if (text) return QueueServiceClient.fromConnectionString(text);
  const url = env[`${connection}__queueServiceUri`];
  if (!url) throw new Error(`needs the setting ${connection} or ${connection}__queueServiceUri`);
  const clientId = env[`${connection}__clientId`];
  return new QueueServiceClient(
    url,
    new ManagedIdentityCredential(clientId === undefined ? {} : { clientId }),
  );
}
