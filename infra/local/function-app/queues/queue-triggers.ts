/** The queue-triggered functions of an app. Every worker listens; a message goes to one of them. */
import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { TypedData } from '../durable/durable-runtime';
import { resolveReferences, type Environment } from '../worker/environment';
import type { InvokeFunction } from '../worker/invocation';
import type { RegisteredFunction } from '../worker/registered-function';
import { openQueues } from './queue-connection';
import { QueueListener } from './queue-listener';
import type { QueueSettings } from './queue-settings';

export interface QueueTriggersOptions {
  readonly functions: readonly RegisteredFunction[];
  readonly env: Environment;
  readonly settings: QueueSettings;
  readonly invoke: InvokeFunction;
  readonly log: (line: string) => void;
}

export interface QueueTriggers {
  start(): void;
  /** Resolves when all messages that were taken are done. */
  stop(): Promise<void>;
}

/** The connection of the platform, for a binding that names none. */
const defaultConnection = 'AzureWebJobsStorage';

export function createQueueTriggers(options: QueueTriggersOptions): QueueTriggers {
  const { functions, env, settings, invoke, log } = options;
  const listeners = functions.map((fn) => {
    const { name, trigger } = fn;
    try {
      if (!trigger.queueName) throw new Error('names no queue');
      return new QueueListener({
        queueName: resolveReferences(trigger.queueName, env),
        queues: openQueues(trigger.connection || defaultConnection, env),
        settings,
        run: (message, text) =>
          invoke(fn, { string: text }, { metadata: metadataOf(message, text) }),
        log,
      });
    } catch (error) {
      throw new Error(`Function "${name}" ${(error as Error).message}.`, { cause: error });
    }
  });
  return {
    start: () => listeners.forEach((listener) => listener.start()),
    stop: async () => void (await Promise.all(listeners.map((listener) => listener.stop()))),
  };
}

/** The names of the extension. The library writes them in camel case. */
function metadataOf(message: DequeuedMessageItem, text: string): Record<string, TypedData> {
  const string = (value: string | Date) => ({
    string: typeof value === 'string' ? value : value.toISOString(),
  });
  return {
    QueueTrigger: string(text),
    Id: string(message.messageId),
    DequeueCount: string(String(message.dequeueCount)),
    InsertionTime: string(message.insertedOn),
    ExpirationTime: string(message.expiresOn),
    NextVisibleTime: string(message.nextVisibleOn),
    PopReceipt: string(message.popReceipt),
  };
}
