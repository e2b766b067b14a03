/** Responses about an instance, in the format of the Durable extension. */
import {
  completedId,
  EventType,
  isScheduling,
  type HistoryEvent,
  type ScheduledEvent,
} from '../history';
import type { Status } from '../instance';

export interface StatusOptions {
  readonly input: boolean;
  readonly history: boolean;
  readonly historyOutput: boolean;
}

/** The client library requires all of these properties, also null ones. */
export function statusResponse(status: Status, shown: Pick<StatusOptions, 'input'>) {
  const { id, name, runtimeStatus, createdAt, updatedAt, input, output, customStatus } = status;
  return {
    name,
    instanceId: id,
    runtimeStatus,
    input: shown.input ? value(input) : null,
    customStatus: value(customStatus),
    output: value(output),
    createdTime: withoutMilliseconds(createdAt),
    lastUpdatedTime: withoutMilliseconds(updatedAt),
  };
}

const names = new Map<number, string>(
  Object.entries(EventType).map(([name, number]) => [number, name]),
);

const hiddenFields =
  'EventId IsPlayed Version TaskScheduledId TimerId Retry RetryOf Action Canceled'.split(' ');

/** Merges scheduling and completion of a task into one entry and omits episode events. */
export function historyResponse(events: readonly HistoryEvent[], shown: StatusOptions): object[] {
  const scheduled = new Map<number, ScheduledEvent>();
  const completed = new Set(events.map(completedId));
  const entries: object[] = [];
  for (const one of events) {
    const isEpisodeEvent =
      one.EventType === EventType.OrchestratorStarted ||
      one.EventType === EventType.OrchestratorCompleted;
    if (isEpisodeEvent) continue;
    if (isScheduling(one) && one.EventType !== EventType.TimerCreated) {
      scheduled.set(one.EventId, one);
      if (completed.has(one.EventId)) continue;
    }
    const before = scheduled.get(completedId(one) ?? -1);
    entries.push(entry(one, before, shown));
  }
  return entries;
}

function entry(
  one: HistoryEvent,
  before: ScheduledEvent | undefined,
  shown: StatusOptions,
): object {
  const { EventType: type, ...fields } = one;
  const all: Record<string, unknown> = {
    EventType: names.get(type),
    ...fields,
    Timestamp: withTicks(one.Timestamp),
    ...(before && { ScheduledTime: withTicks(before.Timestamp) }),
    ...(before && 'Name' in before && { FunctionName: before.Name, Input: before.Input }),
    ...(before && 'InstanceId' in before && { InstanceId: before.InstanceId }),
  };
  if (type === EventType.ExecutionStarted) {
    all['FunctionName'] = all['Name'];
    delete all['Name'];
  }
  if (!shown.input) delete all['Input'];
  if (!shown.historyOutput) delete all['Result'];
  else if (typeof all['Result'] === 'string') all['Result'] = value(all['Result']);
  for (const name of hiddenFields) delete all[name];
  return all;
}

const value = (text: string | undefined): unknown => (text === undefined ? null : JSON.parse(text));

/** .NET writes seven decimals. */
const withTicks = (time: string) => time.replace('Z', '0000Z');

const withoutMilliseconds = (at: Date) => `${at.toISOString().slice(0, 19)}Z`;
