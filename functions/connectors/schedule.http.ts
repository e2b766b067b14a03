/** Endpoints of a connector's sync schedule. */
import { z } from 'zod';
import { anyRole, owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { etagMember } from '../storage/etag-member';
import { connectorParams } from '../http/path-params';
import { connectorStatus } from './connector';
import { schedule } from './schedule';
import type { ScheduleView } from './schedule-service';
import type { ConnectorServices } from './services';

const scheduleResponse = z
  .strictObject({
    etag: etagMember,
    kind: z.enum(['manual', 'interval', 'cron']),
    minutes: z.int().optional(),
    expression: z.string().optional(),
    timeZone: z.string().optional(),
    paused: z.boolean(),
    nextRunAt: z.iso.datetime().nullable().describe('Null if no sync starts by itself.'),
    skipped: connectorStatus
      .exclude(['connected'])
      .optional()
      .describe('Status because of which no sync starts although one is scheduled.'),
  })
  .meta({ id: 'Schedule' });

const toScheduleResponse = ({ schedule: plan, version, nextRunAt, skipped }: ScheduleView) => ({
  status: 200,
  headers: { ETag: version },
  jsonBody: {
    etag: version,
    kind: plan.kind,
    ...(plan.kind === 'interval' && { minutes: plan.minutes }),
    ...(plan.kind === 'cron' && { expression: plan.expression, timeZone: plan.timeZone }),
    paused: plan.paused,
    nextRunAt: nextRunAt?.toISOString() ?? null,
    ...(skipped && { skipped }),
  } satisfies z.infer<typeof scheduleResponse>,
});

const getSchedule = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/schedule',
  summary: 'Get the sync schedule of a connector',
  allow: anyRole,
  params: connectorParams,
  etag: true,
  responses: { 200: scheduleResponse },

  async handle({ params, caller }, { schedules }: ConnectorServices) {
    const { tenantId } = caller;
    return toScheduleResponse(await schedules.get({ tenantId, ...params }));
  },
});

const replaceSchedule = endpoint({
  method: 'PUT',
  route: 'connectors/{connectorId}/schedule',
  summary: 'Replace the sync schedule of a connector',
  allow: owners,
  params: connectorParams,
  body: schedule,
  example: { kind: 'cron', expression: '0 6 * * 1-5', timeZone: 'Europe/Berlin' },
  ifMatch: true,
  etag: true,
  responses: { 200: scheduleResponse },

  async handle({ params, body, ifMatch, caller }, { schedules }: ConnectorServices) {
    return toScheduleResponse(await schedules.replace(caller, params.connectorId, ifMatch, body));
  },
});

export const scheduleEndpoints = { getSchedule, replaceSchedule };
