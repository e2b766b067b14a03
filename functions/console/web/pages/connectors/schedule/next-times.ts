/** When a schedule starts syncs, for its preview. Pure. */
import { CronExpressionParser } from 'cron-parser';

export interface Plan {
  readonly kind: 'manual' | 'interval' | 'cron';
  readonly minutes: number;
  readonly expression: string;
  readonly timeZone: string;
}

const count = 5;

/** Undefined for an expression that is not valid. Times of an interval begin at the last start. */
export function nextTimes(plan: Plan, now: Date): Date[] | undefined {
  if (plan.kind === 'manual') return [];
  if (plan.kind === 'interval')
    return Array.from(
      { length: count },
      (_, index) => new Date(now.getTime() + (index + 1) * plan.minutes * 60_000),
    );
  if (!/^\S+( \S+){4}$/.test(plan.expression.trim())) return undefined;
  try {
    const times = CronExpressionParser.parse(plan.expression.trim(), {
      tz: plan.timeZone,
      currentDate: now,
    });
    return Array.from({ length: count }, () => times.next().toDate());
  } catch {
    return undefined;
  }
}
