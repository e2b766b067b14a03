/** Reports a failure that must not fail the call in which it happened. */
import { AppError } from './app-error';

/** `event` names the subject and what failed, such as `outbox.hint_failed`. Details hold no secrets. */
export function logFailure(
  event: string,
  error: unknown,
  details: Readonly<Record<string, string | number>> = {},
): void {
  console.error(JSON.stringify({ event, ...details, ...describe(error) }));
}

function describe(error: unknown) {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  if (error instanceof Error) return { code: error.name, message: error.message };
  return { code: 'unknown', message: String(error) };
}
