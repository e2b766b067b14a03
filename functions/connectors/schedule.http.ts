/** When a connector is refreshed by itself. HTTP in, a ScheduleService call, HTTP out. */
import { z } from 'zod';
import { connectorStatus } from './connector';
import { owners, anyRole } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { schedule } from './schedule';
import type { ScheduleView } from './schedule-service';
import { connectorParams } from '../http/path-params';

const scheduleAnswer = z
  .strictObject({
    kind: z.enum(['manual', 'interval', 'cron']),
    minutes: z.int().optional(),
    expression: z.string().optional(),
    timeZone: z.string().optional(),
    paused: z.boolean(),
    nextRunAt: z.iso.datetime().nullable().describe('Null when no sync starts by itself.'),
    skipped: connectorStatus
      .exclude(['connected'])
      .optional()
      .describe('Why no sync starts although one is planned.'),
  })
  .meta({ id: 'Schedule' });

const shown = ({ schedule: plan, version, nextRunAt, skipped }: ScheduleView) => ({
  status: 200,
  headers: { ETag: version },
  jsonBody: {
    kind: plan.kind,
    ...(plan.kind === 'interval' && { minutes: plan.minutes }),
    ...(plan.kind === 'cron' && { expression: plan.expression, timeZone: plan.timeZone }),
    paused: plan.paused,
    nextRunAt: nextRunAt?.toISOString() ?? null,
    ...(skipped && { skipped }),
  } satisfies z.infer<typeof scheduleAnswer>,
});

const getSchedule = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/schedule',
  summary: 'When a connector is refreshed by itself',
  allow: anyRole,
  params: connectorParams,
  etag: true,
  responses: { 200: scheduleAnswer },

  async handle({ params: { connectorId }, caller }, { schedules }) {
    return shown(await schedules.get(caller.tenantId, connectorId));
  },
});

const replaceSchedule = endpoint({
  method: 'PUT',
  route: 'connectors/{connectorId}/schedule',
  summary: 'Set when a connector is refreshed by itself',
  allow: owners,
  params: connectorParams,
  body: schedule,
  ifMatch: true,
  etag: true,
  responses: { 200: scheduleAnswer },

  async handle({ params: { connectorId }, body, version, caller }, { schedules }) {
    return shown(await schedules.replace(caller, connectorId, version, body));
  },
});

export const scheduleEndpoints = { getSchedule, replaceSchedule };
