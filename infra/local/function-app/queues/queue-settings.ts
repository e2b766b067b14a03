/** `extensions.queues` of host.json, with the defaults of the Storage Queues extension 5.x. */

export interface QueueSettings {
  /** Longest pause between two looks at an empty queue. */
  readonly maxPollingIntervalMs: number;
  /** Pause before a message whose function failed is tried again. */
  readonly visibilityTimeoutSeconds: number;
  readonly batchSize: number;
  /** The next batch is read when no more messages than this are being processed. */
  readonly newBatchThreshold: number;
  /** A message that fails so often goes to the queue `{name}-poison`. */
  readonly maxDequeueCount: number;
  readonly messageEncoding: 'base64' | 'none';
}

export interface QueuesJson {
  readonly maxPollingInterval?: string;
  readonly visibilityTimeout?: string;
  readonly batchSize?: number | string;
  readonly newBatchThreshold?: number | string;
  readonly maxDequeueCount?: number | string;
  readonly messageEncoding?: string;
}

const maxBatchSize = 32;

export function readQueueSettings(json: QueuesJson = {}): QueueSettings {
  const batchSize = Math.min(Number(json.batchSize ?? 16), maxBatchSize);
  return {
    maxPollingIntervalMs: secondsOf(json.maxPollingInterval ?? '00:01:00') * 1_000,
    visibilityTimeoutSeconds: secondsOf(json.visibilityTimeout ?? '00:00:00'),
    batchSize,
    newBatchThreshold: Number(json.newBatchThreshold ?? Math.floor(batchSize / 2)),
    maxDequeueCount: Number(json.maxDequeueCount ?? 5),
    messageEncoding: json.messageEncoding?.toLowerCase() === 'none' ? 'none' : 'base64',
  };
}

/** From `hh:mm:ss`, also with fractions of a second. */
export function secondsOf(text: string): number {
  const [, hours, minutes, seconds] = /^(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)$/.exec(text) ?? [];
  if (seconds === undefined) throw new Error(`"${text}" in host.json is not a time hh:mm:ss.`);
  return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}
