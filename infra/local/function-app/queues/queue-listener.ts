/**
 * Takes messages from one queue and runs a function for each, as the Storage Queues extension does: a
 * message is invisible while its function runs, deleted after a success, and moved to the queue
 * `{name}-poison` after the last failure. Several hosts may listen to one queue.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  RestError,
  type DequeuedMessageItem,
  type QueueClient,
  type QueueServiceClient,
} from '@azure/storage-queue';
import type { QueueSettings } from './queue-settings';

export interface QueueListenerOptions {
  readonly queueName: string;
  readonly queues: QueueServiceClient;
  readonly settings: QueueSettings;
  /** Runs the function. Rejects if it failed. */
  readonly run: (message: DequeuedMessageItem, text: string) => Promise<unknown>;
  readonly log: (line: string) => void;
}

const minPauseMs = 100;
const receiveTimeoutMs = 10_000;
/** A message whose host died is visible again after this time. Renewed while its function runs. */
const invisibleSeconds = 600;
const renewMs = (invisibleSeconds / 2) * 1_000;

export class QueueListener {
  readonly #options: QueueListenerOptions;
  readonly #queue: QueueClient;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #listening: Promise<void> | undefined;

  constructor(options: QueueListenerOptions) {
    this.#options = options;
    this.#queue = options.queues.getQueueClient(options.queueName);
  }

  start(): void {
    this.#listening = this.#listen();
  }

  /** Takes no more messages. Resolves when those that were taken are done. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#listening;
    await Promise.all(this.#running);
  }

  async #listen(): Promise<void> {
    const { maxPollingIntervalMs, newBatchThreshold } = this.#options.settings;
    let pauseMs = minPauseMs;
    while (!this.#stopping.signal.aborted) {
      const messages = await this.#receive();
      for (const message of messages) this.#process(message);
      while (this.#running.size > newBatchThreshold && !this.#stopping.signal.aborted)
        await Promise.race([...this.#running, this.#pause(maxPollingIntervalMs)]);
      if (messages.length > 0) pauseMs = minPauseMs;
      else {
        await this.#pause(pauseMs * (0.8 + 0.2 * Math.random()));
        pauseMs = Math.min(pauseMs * 2, maxPollingIntervalMs);
      }
    }
  }

  /** None if storage does not answer or the queue does not exist. The next look follows. */
  async #receive(): Promise<readonly DequeuedMessageItem[]> {
    try {
      const { receivedMessageItems } = await this.#queue.receiveMessages({
        numberOfMessages: this.#options.settings.batchSize,
        visibilityTimeout: invisibleSeconds,
        abortSignal: AbortSignal.any([
          this.#stopping.signal,
          AbortSignal.timeout(receiveTimeoutMs),
        ]),
      });
      return receivedMessageItems;
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#report('could not be read', error);
      return [];
    }
  }

  #process(message: DequeuedMessageItem): void {
    const processed = this.#handle(message)
      .catch((error: unknown) => this.#report('has a message that stays', error))
      .finally(() => this.#running.delete(processed));
    this.#running.add(processed);
  }

  async #handle(message: DequeuedMessageItem): Promise<void> {
    const { maxDequeueCount, visibilityTimeoutSeconds } = this.#options.settings;
    const text = this.#decode(message.messageText);
    // A host that died did not count the failure.
    if (text === undefined || message.dequeueCount > maxDequeueCount) {
      await this.#moveToPoison(message, message.popReceipt);
      return;
    }
    const { id, dequeueCount } = { id: message.messageId, dequeueCount: message.dequeueCount };
    const lease = this.#keepInvisible(message);
    const hasSucceeded = await this.#options.run(message, text).then(
      () => true,
      () => false,
    );
    const popReceipt = await lease.end();
    if (hasSucceeded) await ignoreMissing(this.#queue.deleteMessage(id, popReceipt));
    else if (dequeueCount >= maxDequeueCount) await this.#moveToPoison(message, popReceipt);
    else
      await ignoreMissing(
        this.#queue.updateMessage(id, popReceipt, message.messageText, visibilityTimeoutSeconds),
      );
  }

  /** Undefined if the text is not encoded as host.json says. */
  #decode(text: string): string | undefined {
    if (this.#options.settings.messageEncoding === 'none') return text;
    const bytes = Buffer.from(text, 'base64');
    return bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '')
      ? bytes.toString('utf8')
      : undefined;
  }

  /** Each renewal replaces the receipt, so the last one is returned. */
  #keepInvisible({ messageId, messageText, popReceipt }: DequeuedMessageItem) {
    let current = Promise.resolve(popReceipt);
    const renewal = setInterval(() => {
      current = current.then(async (receipt) => {
        const renewed = await this.#queue
          .updateMessage(messageId, receipt, messageText, invisibleSeconds)
          .catch((error: unknown) => this.#report('could not renew a message', error));
        return renewed?.popReceipt ?? receipt;
      });
    }, renewMs);
    return {
      end() {
        clearInterval(renewal);
        return current;
      },
    };
  }

  async #moveToPoison(message: DequeuedMessageItem, popReceipt: string): Promise<void> {
    const { queueName, queues } = this.#options;
    const poison = queues.getQueueClient(`${queueName}-poison`);
    await poison.createIfNotExists();
    await poison.sendMessage(message.messageText);
    await ignoreMissing(this.#queue.deleteMessage(message.messageId, popReceipt));
    this.#options.log(`Queue ${queueName}: a message was moved to ${queueName}-poison.`);
  }

  #report(what: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#options.log(`Queue ${this.#options.queueName} ${what}: ${text.split('\n')[0]}`);
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(
      () => undefined,
    );
  }
}

/** Another host has the message, because this one was too slow. */
const ignoreMissing = (done: Promise<unknown>): Promise<unknown> =>
  done.catch((error: unknown) => {
    if (!(error instanceof RestError) || error.statusCode !== 404) throw error;
  });
