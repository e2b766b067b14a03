/**
 * Errors of activities and orchestrators in the form of the history. The extension reports an
 * exception of .NET, so the library throws a plain Error whose text holds it as JSON.
 */
import type { Failure } from './history';

/** Failure of an activity. */
export function activityFailure(name: string, thrown: unknown): Failure {
  const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const reason = `Activity function '${name}' failed: ${message}`;
  return { Reason: reason, Details: exception(reason, stack) };
}

export const orchestratorFailure = (message: string): Failure => ({
  Reason: message,
  Details: exception(message),
});

/** Failure of a child orchestration, as its parent sees it. */
export const childFailure = (name: string, { Reason, Details }: Failure): Failure => ({
  Reason: `The sub-orchestrator function '${name}' failed: "${Reason}"`,
  Details,
});

const exception = (message: string, stack?: string): string =>
  JSON.stringify({
    $type:
      'Microsoft.Azure.WebJobs.Extensions.DurableTask.FunctionFailedException, Microsoft.Azure.WebJobs.Extensions.DurableTask',
    ClassName: 'Microsoft.Azure.WebJobs.Extensions.DurableTask.FunctionFailedException',
    Message: message,
    StackTraceString: stack ?? null,
  });
