/** Queue triggers of the local host on Azurite's queues, as the Storage Queues extension runs them. */
import { QueueServiceClient, type DequeuedMessageItem } from '@azure/storage-queue';
import {
  QueueListener,
  type QueueListenerOptions,
} from '../../../infra/local/function-app/queues/queue-listener';
import {
  readQueueSettings,
  type QueuesJson,
} from '../../../infra/local/function-app/queues/queue-settings';
import { waitFor } from '../../support/durable/durable-driver';
import { useStorage } from '../../support/storage';

const storage = useStorage();
const base64 = (text: string) => Buffer.from(text).toString('base64');
let count = 0;
const listeners: QueueListener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.stop()));
});

async function aQueue(json: QueuesJson = {}) {
  const queues = QueueServiceClient.fromConnectionString(storage.connectionString);
  const queueName = `work-${process.pid}-${++count}-${Date.now()}`;
  const queue = queues.getQueueClient(queueName);
  await queue.create();
  const settings = readQueueSettings({ maxPollingInterval: '00:00:00.2', ...json });
  const lines: string[] = [];
  const poison = queues.getQueueClient(`${queueName}-poison`);
  return {
    queue,
    lines,
    listen: (run: QueueListenerOptions['run']) => {
      const log = (line: string) => void lines.push(line);
      const listener = new QueueListener({ queueName, queues, settings, run, log });
      listeners.push(listener);
      listener.start();
      return listener;
    },
    /** Without changing the queue. */
    waiting: async () => (await queue.peekMessages({ numberOfMessages: 32 })).peekedMessageItems,
    poisoned: async () => {
      if (!(await poison.exists())) return [];
      const { peekedMessageItems } = await poison.peekMessages({ numberOfMessages: 32 });
      return peekedMessageItems.map(({ messageText }) => messageText);
    },
  };
}

describe('a queue trigger', () => {
  it('runs the function with the decoded text and deletes the message', async () => {
    const { queue, listen, waiting } = await aQueue();
    const texts: string[] = [];
    await queue.sendMessage(base64('{"ü":1}'));

    listen(async (_message, text) => texts.push(text));
    await waitFor(() => texts.length > 0);
    await listeners[0]!.stop();

    expect(texts).toEqual(['{"ü":1}']);
    expect(await waiting()).toEqual([]);
  });

  it('hides a message while its function runs, also from others', async () => {
    const { queue, listen } = await aQueue();
    const runs: DequeuedMessageItem[] = [];
    let finish = () => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const run = async (message: DequeuedMessageItem) => {
      runs.push(message);
      await finished;
    };
    listen(run);
    listen(run);
    await queue.sendMessage(base64('one'));
    await waitFor(() => runs.length > 0);
    await queue.sendMessage(base64('two'));
    await waitFor(() => runs.length > 1);
    finish();

    expect(runs.map(({ messageText }) => messageText)).toEqual([base64('one'), base64('two')]);
  });

  it('tries a failed message again, then moves it to the poison queue', async () => {
    const { queue, listen, waiting, poisoned, lines } = await aQueue({ maxDequeueCount: 3 });
    const counts: number[] = [];
    await queue.sendMessage(base64('bad'));

    listen(async ({ dequeueCount }) => {
      counts.push(dequeueCount);
      throw new Error('no');
    });
    await waitFor(async () => (await poisoned()).length > 0);
    await waitFor(() => lines.length > 0);

    expect(counts).toEqual([1, 2, 3]);
    expect([await waiting(), await poisoned()]).toEqual([[], [base64('bad')]]);
  });

  it('waits before it tries a failed message again', async () => {
    const { queue, listen } = await aQueue({ visibilityTimeout: '00:00:01' });
    const times: number[] = [];
    await queue.sendMessage(base64('bad'));

    listen(async () => {
      times.push(performance.now());
      if (times.length === 1) throw new Error('no');
    });
    await waitFor(() => times.length === 2);

    expect(times[1]! - times[0]!).toBeGreaterThan(900);
  });

  it('moves a message that is not encoded to the poison queue', async () => {
    const { queue, listen, poisoned } = await aQueue();
    const run = jest.fn(async () => undefined);
    await queue.sendMessage('{"plain": true}');

    listen(run);
    await waitFor(async () => (await poisoned()).length > 0);

    expect(run).not.toHaveBeenCalled();
  });

  it('runs no more messages at once than host.json allows', async () => {
    const { queue, listen } = await aQueue({ batchSize: 2, newBatchThreshold: 1 });
    let running = 0;
    let most = 0;
    let done = 0;
    for (let n = 0; n < 8; n++) await queue.sendMessage(base64(`${n}`));

    listen(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      done++;
    });
    await waitFor(() => done === 8);

    // A batch of two may join one message that still runs.
    expect(most).toBeLessThanOrEqual(3);
  });

  it('looks on while the queue is missing', async () => {
    const { queue, listen, lines } = await aQueue();
    const texts: string[] = [];
    await queue.delete();
    listen(async (_message, text) => texts.push(text));
    await waitFor(() => lines.length > 1);

    await queue.create();
    await queue.sendMessage(base64('late'));

    await waitFor(() => texts.length > 0);
    expect(lines[0]).toContain('could not be read');
  });

  it('finishes its messages when the host stops', async () => {
    const { queue, listen, waiting } = await aQueue();
    let began = false;
    let ended = false;
    await queue.sendMessage(base64('last'));
    const listener = listen(async () => {
      began = true;
      await new Promise((resolve) => setTimeout(resolve, 50));
      ended = true;
    });
    await waitFor(() => began);

    await listener.stop();

    expect([ended, await waiting()]).toEqual([true, []]);
  });
});

describe('readQueueSettings', () => {
  it('has the defaults of the extension', () => {
    expect(readQueueSettings()).toEqual({
      maxPollingIntervalMs: 60_000,
      visibilityTimeoutSeconds: 0,
      batchSize: 16,
      newBatchThreshold: 8,
      maxDequeueCount: 5,
      messageEncoding: 'base64',
    });
  });

  it('refuses a time that is none', () => {
    expect(() => readQueueSettings({ maxPollingInterval: '2s' })).toThrow('"2s" in host.json');
  });
});
