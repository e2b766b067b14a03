/**
 * Runs all health checks concurrently, each with a timeout. A failed check is a result, not an
 * error.
 */
import { AppError } from '../errors/app-error';

export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

type CheckResult = Omit<HealthCheck, 'name'>;

const timeoutMs = 5_000;

/** A dependency is healthy if its call succeeds; a check decides by its result. */
export function createHealthCheck(
  dependencies: Readonly<Record<string, () => Promise<unknown>>>,
  checks: Readonly<Record<string, () => Promise<CheckResult>>> = {},
) {
  return async (): Promise<readonly HealthCheck[]> => {
    const results = [
      ...Object.entries(dependencies).map(([name, call]) =>
        runCheck(name, () => call().then(() => ({ ok: true }))),
      ),
      ...Object.entries(checks).map(([name, check]) => runCheck(name, check)),
    ];
    // This function exists only if the configuration was complete.
    return [{ name: 'configuration', ok: true }, ...(await Promise.all(results))];
  };
}

async function runCheck(name: string, check: () => Promise<CheckResult>): Promise<HealthCheck> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<HealthCheck>((resolve) => {
    timer = setTimeout(() => resolve({ name, ok: false, detail: 'no response' }), timeoutMs);
  });
  try {
    return await Promise.race([check().then((result) => ({ name, ...result })), timeout]);
  } catch (error) {
    return { name, ok: false, detail: error instanceof AppError ? error.code : 'failed' };
  } finally {
    clearTimeout(timer);
  }
}
