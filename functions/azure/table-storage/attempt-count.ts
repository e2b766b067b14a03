/** Counts the attempts of each request, because the SDK repeats a request without reporting it. */
import { RestError, type TableServiceClientOptions } from '@azure/data-tables';

const attemptsOf = new WeakMap<object, number>();

export const countAttempts: NonNullable<TableServiceClientOptions['additionalPolicies']> = [
  {
    position: 'perRetry',
    policy: {
      name: 'countAttempts',
      sendRequest(request, next) {
        attemptsOf.set(request, (attemptsOf.get(request) ?? 0) + 1);
        return next(request);
      },
    },
  },
];

/** True if the error answers a request that was sent more than once. */
export const wasRepeated = (error: unknown): boolean =>
  error instanceof RestError &&
  error.request !== undefined &&
  (attemptsOf.get(error.request) ?? 0) > 1;
