/** Reports failures to operators. Alerts of the deployment search for the member `event`. */
import { logLine, type LogFields } from '../telemetry/log-line';
import { AppError } from './app-error';

/** Reports a failure that must not fail the call in which it happened. */
export function logFailure(event: string, error: unknown, details: LogFields = {}): void {
  console.error(failureLine(event, error, details));
}

/**
 * The line that reports a failure. `event` names the subject and what failed, such as
 * `outbox.hint_failed`. Details hold no secrets.
 */
export const failureLine = (event: string, error: unknown, details: LogFields = {}): string =>
  logLine(event, { ...details, ...describe(error) });

function describe(error: unknown) {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  if (error instanceof Error) return { code: error.name, message: error.message };
  return { code: 'unknown', message: String(error) };
}
