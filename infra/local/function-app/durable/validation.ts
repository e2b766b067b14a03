/** Validates actions, so that an unsupported one fails the instance with a clear message. */
import type { Action } from './actions';

export interface RegisteredFunctions {
  readonly orchestrators: ReadonlySet<string>;
  readonly activities: ReadonlySet<string>;
}

/** Returns why an action is not valid, or undefined if it is. */
export function validateAction(
  action: Action,
  registered: RegisteredFunctions,
): string | undefined {
  switch (action.kind) {
    case 'activity':
      if (!registered.activities.has(action.name)) return functionNotFound(action.name, 'activity');
      return validateRetryPolicy(action.retry);
    case 'child':
      if (!registered.orchestrators.has(action.name))
        return functionNotFound(action.name, 'orchestrator');
      if (action.instanceId !== undefined) {
        const badId = validateInstanceId(action.instanceId);
        if (badId) return badId;
      }
      return validateRetryPolicy(action.retry);
    case 'unsupported':
      return `The local Durable runtime does not support ${action.what}.`;
    case 'timer':
    case 'wait':
    case 'continueAsNew':
      return undefined;
  }
}

export const functionNotFound = (name: string, kind: 'activity' | 'orchestrator') =>
  `The function '${name}' doesn't exist, is disabled, or is not an ${kind} function.`;

/** Rejects ids that cannot be a key of a table. */
export function validateInstanceId(id: string): string | undefined {
  if (/[/\\#?\p{Cc}]/u.test(id))
    return `Instance IDs must not contain /, \\, #, ?, or control characters.`;
  return undefined;
}

/** The library ignores the timeout and would wait for a retry that never happens. */
const validateRetryPolicy = (policy: { retryTimeoutInMilliseconds?: number } | undefined) =>
  policy?.retryTimeoutInMilliseconds === undefined
    ? undefined
    : 'The local Durable runtime does not support retryTimeoutInMilliseconds.';
