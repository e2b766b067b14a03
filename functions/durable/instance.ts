/** An orchestration instance with its history, as the management API of Durable responds. */
import { z } from 'zod';
import { instanceStatuses } from './instance-status';

/**
 * One entry of the history. Scheduling and completion of a task are one entry, whose type is that of
 * the completion. Members that an entry does not have are absent or null.
 */
const historyEntry = z.object({
  EventType: z.string(),
  Timestamp: z.string(),
  ScheduledTime: z.string().nullish(),
  FunctionName: z.string().nullish(),
  /** Present for a raised event, and for a task that is not complete. */
  Name: z.string().nullish(),
  /** Present for a child orchestration. */
  InstanceId: z.string().nullish(),
  /** Present for a timer. */
  FireAt: z.string().nullish(),
  Reason: z.string().nullish(),
  FailureDetails: z.object({ ErrorMessage: z.string().nullish() }).nullish(),
  Result: z.unknown().optional(),
  Input: z.unknown().optional(),
});
export type HistoryEntry = Readonly<z.infer<typeof historyEntry>>;

const instance = z.object({
  name: z.string(),
  instanceId: z.string(),
  runtimeStatus: z.enum(instanceStatuses),
  createdTime: z.string(),
  lastUpdatedTime: z.string(),
  input: z.unknown(),
  output: z.unknown(),
  customStatus: z.unknown(),
  historyEvents: z.array(historyEntry).nullish(),
});

export interface Instance {
  readonly instanceId: string;
  readonly name: string;
  readonly status: (typeof instanceStatuses)[number];
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly customStatus: unknown;
  readonly history: readonly HistoryEntry[];
}

export function toInstance(response: unknown): Instance {
  const read = instance.parse(response);
  return {
    instanceId: read.instanceId,
    name: read.name,
    status: read.runtimeStatus,
    createdAt: new Date(read.createdTime).toISOString(),
    lastUpdatedAt: new Date(read.lastUpdatedTime).toISOString(),
    input: read.input,
    output: read.output,
    customStatus: read.customStatus,
    history: read.historyEvents ?? [],
  };
}
