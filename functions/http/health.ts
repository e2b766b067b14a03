/** Asks each part whether it answers, all at once and not for long. A failed check is an answer, not an error. */
import { AppError } from '../errors/app-error';

export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

const timeoutInMs = 5_000;

/** Parts that need only answer, and others whose answer is the check. */
export function createHealthCheck(
  parts: Readonly<Record<string, () => Promise<unknown>>>,
  watched: Readonly<Record<string, () => Promise<Omit<HealthCheck, 'name'>>>> = {},
) {
  return async (): Promise<readonly HealthCheck[]> => {
    const checks = [
      ...Object.entries(parts).map(([name, ask]) =>
        check(name, () => ask().then(() => ({ ok: true }))),
      ),
      ...Object.entries(watched).map(([name, ask]) => check(name, ask)),
    ];
    // Without a complete configuration there would be no parts to ask.
    return [{ name: 'configuration', ok: true }, ...(await Promise.all(checks))];
  };
}

async function check(
  name: string,
  ask: () => Promise<Omit<HealthCheck, 'name'>>,
): Promise<HealthCheck> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<HealthCheck>((resolve) => {
    timer = setTimeout(() => resolve({ name, ok: false, detail: 'no answer' }), timeoutInMs);
  });
  try {
    return await Promise.race([ask().then((found) => ({ name, ...found })), tooLate]);
  } catch (error) {
    return { name, ok: false, detail: error instanceof AppError ? error.code : 'failed' };
  } finally {
    clearTimeout(timer);
  }
}
