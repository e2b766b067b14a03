/** NCRONTAB: six fields (second, minute, hour, day, month, weekday), in UTC, days and weekdays both having to match. */
import { CronExpressionParser } from 'cron-parser';

export interface Schedule {
  /** The first occurrence after the given time. */
  next(after: Date): Date;
}

/** Far enough for February 29th on a given weekday. */
const maxCandidates = 12_000;
/** What other dialects of cron add, and NCRONTAB does not know. */
const unsupportedSyntax = /[^\d\sA-Za-z*,/-]|(?:^|[\s,])H|L\b|W\b/;

export function parseSchedule(expression: string): Schedule {
  const text = expression.trim();
  const fields = text.split(/\s+/);
  if (fields.length !== 6 || unsupportedSyntax.test(text) || /7/.test(fields[5]!))
    throw new Error(`"${expression}" is no six-field NCRONTAB expression.`);
  const { dayOfMonth, dayOfWeek } = parse(text, new Date(0)).fields;
  const days = dayOfMonth.values.map(Number);
  const weekdays = dayOfWeek.values.map(Number);
  const schedule = {
    next(after: Date) {
      // With both days restricted, cron takes either; NCRONTAB wants both.
      const occurrences = parse(text, after);
      for (let tried = 0; tried < maxCandidates; tried++) {
        const date = occurrences.next().toDate();
        if (days.includes(date.getUTCDate()) && weekdays.includes(date.getUTCDay())) return date;
      }
      throw new Error(`"${expression}" never comes round.`);
    },
  };
  schedule.next(new Date(0));
  return schedule;
}

function parse(expression: string, currentDate: Date) {
  try {
    return CronExpressionParser.parse(expression, { currentDate, tz: 'UTC' });
  } catch (error) {
    throw new Error(`"${expression}" is no NCRONTAB expression: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}
