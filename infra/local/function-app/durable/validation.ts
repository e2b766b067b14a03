/** What this runtime does not do, said in words rather than done wrongly. */
import type { Action } from './actions';

export interface RegisteredFunctions {
  readonly orchestrators: ReadonlySet<string>;
  readonly activities: ReadonlySet<string>;
}

/** Why an action cannot be carried out; undefined when it can. */
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

/** The ids that Durable's storage refuses as well. */
export function validateInstanceId(id: string): string | undefined {
  if (id.length > 100) return 'Instance IDs must not exceed 100 characters.';
  if (id.startsWith('@')) return 'Instance IDs must not start with @.';
  if (/[/\\#?\p{Cc}]/u.test(id))
    return `Instance IDs must not contain /, \\, #, ?, or control characters.`;
  return undefined;
}

/** The library does not know the timeout and would wait for a retry that never comes. */
const validateRetryPolicy = (policy: { retryTimeoutInMilliseconds?: number } | undefined) =>
  policy?.retryTimeoutInMilliseconds === undefined
    ? undefined
    : 'The local Durable runtime does not support retryTimeoutInMilliseconds.';
