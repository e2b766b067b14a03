/**
 * MessageQueue in Queue Storage. The SDK is loaded with the first message, so a cold start does not
 * pay for it. Nothing is tried again: the work of a lost message is found by the tick.
 */
import type { TokenCredential } from '@azure/identity';
import type { QueueClient } from '@azure/storage-queue';
import { lazy } from '../../concurrency/lazy';
import type { MessageQueue } from '../../durable/ports';

type Sender = Pick<QueueClient, 'sendMessage'>;

const timeoutMs = 3_000;
/** Older messages ask for work that the tick has done. */
const lifetimeSeconds = 3_600;

export class StorageMessageQueue implements MessageQueue {
  private readonly client: () => Promise<Sender>;

  /** A URL is opened with the identity of the app, a connection string with the key it contains. */
  constructor(storage: string, name: string, identity: TokenCredential) {
    this.client = lazy(() => openQueue(storage, name, identity));
  }

  /** The host expects Base64, as `messageEncoding` of host.json says by default. */
  async send(text: string, delaySeconds: number): Promise<void> {
    const client = await this.client();
    await client.sendMessage(Buffer.from(text, 'utf8').toString('base64'), {
      visibilityTimeout: delaySeconds,
      messageTimeToLive: lifetimeSeconds,
      abortSignal: AbortSignal.timeout(timeoutMs),
    });
  }
}

async function openQueue(
  storage: string,
  name: string,
  identity: TokenCredential,
): Promise<Sender> {
  const { QueueServiceClient } = await import('@azure/storage-queue');
  const options = { retryOptions: { maxTries: 1 } };
  const queues = URL.canParse(storage)
    ? new QueueServiceClient(storage, identity, options)
    : QueueServiceClient.fromConnectionString(storage, options);
  return queues.getQueueClient(name);
}
