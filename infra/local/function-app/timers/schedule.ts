/** NCRONTAB schedules: six fields in UTC. The day of the month and the weekday must both match. */
import { CronExpressionParser } from 'cron-parser';

export interface Schedule {
  /** The first occurrence after the given time. */
  next(after: Date): Date;
}

/** Enough candidates to find February 29 on a given weekday. */
const maxCandidates = 12_000;
/** Syntax of other cron dialects that NCRONTAB does not support. */
const unsupportedSyntax = /[^\d\sA-Za-z*,/-]|(?:^|[\s,])H|L\b|W\b/;

export function parseSchedule(expression: string): Schedule {
  const text = expression.trim();
  const fields = text.split(/\s+/);
  if (fields.length !== 6 || unsupportedSyntax.test(text) || /7/.test(fields[5]!))
    throw new Error(`"${expression}" is not an NCRONTAB expression with six fields.`);
  const { dayOfMonth, dayOfWeek } = parse(text, new Date(0)).fields;
  const days = dayOfMonth.values.map(Number);
  const weekdays = dayOfWeek.values.map(Number);
  const schedule = {
    next(after: Date) {
      // If both days are restricted, cron-parser accepts either; NCRONTAB requires both.
      const occurrences = parse(text, after);
      for (let tried = 0; tried < maxCandidates; tried++) {
        const date = occurrences.next().toDate();
        if (days.includes(date.getUTCDate()) && weekdays.includes(date.getUTCDay())) return date;
      }
      throw new Error(`"${expression}" has no occurrence.`);
    },
  };
  schedule.next(new Date(0));
  return schedule;
}

function parse(expression: string, currentDate: Date) {
  try {
    return CronExpressionParser.parse(expression, { currentDate, tz: 'UTC' });
  } catch (error) {
    throw new Error(`"${expression}" is not an NCRONTAB expression: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}
