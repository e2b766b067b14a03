/** Orchestrations in API responses. */
import { z } from 'zod';
import { instanceStatuses, isActive } from '../durable/instance-status';
import type { Orchestration, OrchestrationDetail } from './orchestration';
import { shownText, shownValue } from './shown-value';
import { timelineOf, type TimelineEntry } from './timeline';

export const orchestrationStatus = z
  .enum(instanceStatuses)
  .describe('Status as Durable Functions spells it.');

/** Entries of the timeline in one response, the latest. */
const maxEntries = 1_000;

const common = {
  instanceId: z.string(),
  name: z.string().describe('Name of the orchestrator.'),
  status: orchestrationStatus,
  connectorId: z.string().optional().describe('Absent if it concerns no connector.'),
  syncRunId: z.string().optional().describe('Present for the orchestration of a sync run.'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  durationMs: z.int().min(0).describe('Until the end, or until now.'),
};

export const orchestrationResponse = z
  .strictObject({
    ...common,
    finishedAt: z.iso.datetime().optional().describe('Absent while the orchestration is active.'),
  })
  .meta({ id: 'Orchestration' });

const timelineEntryResponse = z
  .strictObject({
    kind: z
      .enum(['step', 'orchestration', 'wait', 'retry_pause', 'event', 'control'])
      .describe('`retry_pause`: the wait between a failure and its retry.'),
    name: z.string(),
    status: z
      .enum(['running', 'completed', 'failed', 'cancelled'])
      .describe('`cancelled`: the orchestration ended before the entry did.'),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().optional().describe('Absent while the entry is running.'),
    durationMs: z.int().min(0).describe('Until the end, or until now.'),
    instanceId: z.string().optional().describe('Present for a child orchestration.'),
    attempt: z.int().min(1).optional().describe('From 1. Absent for waits and events.'),
    failure: z.string().optional().describe('Present if it failed. Secrets are redacted.'),
    result: z.unknown().optional().describe('Result of a completed step. Secrets are redacted.'),
  })
  .meta({ id: 'OrchestrationTimelineEntry' });

const value = z
  .unknown()
  .describe('Secrets are redacted. A long value is the beginning of its JSON text.');

export const orchestrationDetailResponse = z
  .strictObject({
    ...common,
    rootInstanceId: z
      .string()
      .describe('The orchestration that was started. Another one for a child.'),
    input: value,
    output: value,
    customStatus: value,
    timeline: z.array(timelineEntryResponse).describe('At most 1,000 entries, the latest ones.'),
    omittedEntries: z.int().min(0).describe('Earlier entries of the timeline.'),
  })
  .meta({ id: 'OrchestrationDetail' });

export const toOrchestrationResponse = (
  { tenantId: _tenantId, finishedAt, ...orchestration }: Orchestration,
  now: Date,
): z.infer<typeof orchestrationResponse> => ({
  instanceId: orchestration.instanceId,
  name: orchestration.name,
  status: orchestration.status,
  connectorId: orchestration.connectorId,
  syncRunId: orchestration.syncRunId,
  createdAt: orchestration.createdAt,
  updatedAt: orchestration.updatedAt,
  durationMs: durationOf(orchestration.createdAt, finishedAt, now),
  finishedAt,
});

export function toOrchestrationDetailResponse(
  { root, instance }: OrchestrationDetail,
  now: Date,
): z.infer<typeof orchestrationDetailResponse> {
  const timeline = timelineOf(instance);
  const isRoot = root.instanceId === instance.instanceId;
  return {
    instanceId: instance.instanceId,
    name: instance.name,
    status: instance.status,
    connectorId: root.connectorId,
    syncRunId: root.syncRunId,
    createdAt: isRoot ? root.createdAt : instance.createdAt,
    updatedAt: instance.lastUpdatedAt,
    durationMs: durationOf(
      instance.createdAt,
      isActive(instance.status) ? undefined : instance.lastUpdatedAt,
      now,
    ),
    rootInstanceId: root.instanceId,
    input: shownValue(instance.input),
    output: shownValue(instance.output),
    customStatus: shownValue(instance.customStatus),
    timeline: timeline.slice(-maxEntries).map((entry) => toEntryResponse(entry, now)),
    omittedEntries: Math.max(0, timeline.length - maxEntries),
  };
}

const toEntryResponse = (
  { failure, result, ...entry }: TimelineEntry,
  now: Date,
): z.infer<typeof timelineEntryResponse> => ({
  ...entry,
  durationMs: durationOf(entry.startedAt, entry.endedAt, now),
  ...(failure !== undefined && { failure: shownText(failure) }),
  ...(result !== undefined && { result: shownValue(result) }),
});

/** Clocks of Durable and of this worker differ by a little, so a duration is never negative. */
const durationOf = (startedAt: string, endedAt: string | undefined, now: Date): number =>
  Math.max(
    0,
    (endedAt === undefined ? now.getTime() : Date.parse(endedAt)) - Date.parse(startedAt),
  );
