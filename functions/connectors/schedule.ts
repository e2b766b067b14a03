/** When a connector is refreshed by itself. The next time follows from the last one, so that nothing has to be kept. */
import { createHash } from 'node:crypto';
import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';

/** Syncs closer together than this only get into each other's way. */
const leastMinutes = 5;
const longestJitterInMs = 5 * 60_000;
const fields = /^\S+( \S+){4}$/;

const timeZone = z
  .string()
  .max(64)
  .refine((name) => isTimeZone(name), 'must be an IANA time zone, such as Europe/Berlin');

const paused = z.boolean().default(false);

export const schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manual'), paused }),
  z.strictObject({
    kind: z.literal('interval'),
    minutes: z.int().min(leastMinutes).max(43_200),
    paused,
  }),
  z
    .strictObject({
      kind: z.literal('cron'),
      expression: z.string().max(100).describe('Minute, hour, day of month, month, day of week.'),
      timeZone,
      paused,
    })
    .superRefine(({ expression, timeZone: zone }, context) => {
      const fault = faultOf(expression, zone);
      if (fault) context.addIssue({ code: 'custom', message: fault, path: ['expression'] });
    }),
]);
export type Schedule = z.infer<typeof schedule>;

/** As a connector keeps it; the version is what a change must name. */
export type StoredSchedule = Schedule & { readonly version: number; readonly changedAt: string };

/** What the next time depends on. */
export interface Scheduled {
  readonly id: string;
  readonly schedule?: StoredSchedule;
  readonly connection: { readonly connectedAt?: string };
  readonly syncSummary?: { readonly lastStartedAt: string };
}

/**
 * Nothing when no sync starts by itself. A time that has passed is due now: however many were missed, the next sync
 * makes up for all of them.
 */
export function nextRunAt(connector: Scheduled, usual: Schedule): Date | undefined {
  const { id, schedule: kept, connection, syncSummary } = connector;
  const { changedAt, ...plan } = kept ?? { ...usual, changedAt: undefined };
  if (plan.kind === 'manual' || plan.paused) return undefined;
  const last = syncSummary?.lastStartedAt ?? connection.connectedAt;
  if (last === undefined) return new Date(0);
  if (plan.kind === 'interval') {
    const gap = plan.minutes * 60_000;
    return new Date(Date.parse(last) + gap + jitter(id, gap));
  }
  // A plan that was made after the last sync does not look for times before it was made.
  const from = new Date(Math.max(Date.parse(last), Date.parse(changedAt ?? last)));
  const times = CronExpressionParser.parse(plan.expression, {
    tz: plan.timeZone,
    currentDate: from,
  });
  const next = times.next().getTime();
  return new Date(next + jitter(id, times.next().getTime() - next));
}

/** The same for a connector every time, different for its neighbours: up to a tenth of the gap, or five minutes. */
export function jitter(id: string, gapInMs: number): number {
  const share = createHash('sha256').update(id).digest().readUInt32BE() / 2 ** 32;
  return Math.floor(share * Math.min(longestJitterInMs, gapInMs / 10));
}

function faultOf(expression: string, tz: string): string | undefined {
  if (!fields.test(expression)) return 'must have five fields';
  if (!isTimeZone(tz)) return undefined;
  try {
    const times = CronExpressionParser.parse(expression, { tz });
    const some = Array.from({ length: 60 }, () => times.next().getTime());
    const tooClose = some.some((time, n) => n > 0 && time - some[n - 1]! < leastMinutes * 60_000);
    return tooClose ? `must leave ${leastMinutes} minutes between two times` : undefined;
  } catch {
    return 'must be a cron expression that has a next time';
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
