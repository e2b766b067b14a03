/**
 * The sync schedule of a connector. The next time derives from the last sync and is never stored.
 */
import { createHash } from 'node:crypto';
import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';

/** With a shorter interval, syncs would overlap. */
const minMinutes = 5;
const maxJitterMs = 5 * 60_000;
const fiveFields = /^\S+( \S+){4}$/;

const timeZone = z
  .string()
  .max(64)
  .refine((name) => isTimeZone(name), 'must be an IANA time zone, such as Europe/Berlin');

const paused = z.boolean().default(false);

export const schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manual'), paused }),
  z.strictObject({
    kind: z.literal('interval'),
    minutes: z.int().min(minMinutes).max(43_200),
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
      const violation = validateCron(expression, zone);
      if (violation) context.addIssue({ code: 'custom', message: violation, path: ['expression'] });
    }),
]);
export type Schedule = z.infer<typeof schedule>;

/** A schedule as stored with the connector. The version makes its ETag. */
export type StoredSchedule = Schedule & { readonly version: number; readonly changedAt: string };

/** Input of `nextRunAt`: the part of a connector that the next time depends on. */
export interface Scheduled {
  readonly id: string;
  readonly schedule?: StoredSchedule;
  readonly connection: { readonly connectedAt?: string };
  readonly syncSummary?: { readonly lastStartedAt: string };
}

/**
 * Start of the next sync, or nothing if no sync starts by itself. A time in the past means that a
 * sync is due: one sync makes up for all that were missed.
 */
export function nextRunAt(connector: Scheduled, defaultSchedule: Schedule): Date | undefined {
  const { id, schedule: stored, connection, syncSummary } = connector;
  const { changedAt, ...plan } = stored ?? { ...defaultSchedule, changedAt: undefined };
  if (plan.kind === 'manual' || plan.paused) return undefined;
  const last = syncSummary?.lastStartedAt ?? connection.connectedAt;
  if (last === undefined) return new Date(0);
  if (plan.kind === 'interval') {
    const gap = plan.minutes * 60_000;
    return new Date(Date.parse(last) + gap + jitter(id, gap));
  }
  // A schedule that is younger than the last sync has no times before its own creation.
  const from = new Date(Math.max(Date.parse(last), Date.parse(changedAt ?? last)));
  const times = CronExpressionParser.parse(plan.expression, {
    tz: plan.timeZone,
    currentDate: from,
  });
  const next = times.next().getTime();
  return new Date(next + jitter(id, times.next().getTime() - next));
}

/** Stable per connector: up to a tenth of the gap, at most five minutes. Spreads the load. */
export function jitter(id: string, gapMs: number): number {
  const share = createHash('sha256').update(id).digest().readUInt32BE() / 2 ** 32;
  return Math.floor(share * Math.min(maxJitterMs, gapMs / 10));
}

/** Returns the violation, if any. An unknown time zone is reported by its own field. */
function validateCron(expression: string, tz: string): string | undefined {
  if (!fiveFields.test(expression)) return 'must have five fields';
  if (!isTimeZone(tz)) return undefined;
  try {
    const times = CronExpressionParser.parse(expression, { tz });
    const sample = Array.from({ length: 60 }, () => times.next().getTime());
    const tooClose = sample.some((time, n) => n > 0 && time - sample[n - 1]! < minMinutes * 60_000);
    return tooClose ? `must leave ${minMinutes} minutes between two times` : undefined;
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
