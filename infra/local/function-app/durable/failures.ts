/** What a task or an orchestrator threw, in the three forms that the history wants. */
import type { Failure, FailureDetails } from './history';

/** A failure of an activity. The library may have replaced the message by its own details as JSON. */
export function activityFailure(name: string, thrown: unknown): Failure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const details = detailsInMessage(error.message) ?? {
    ErrorType: error.name,
    ErrorMessage: error.message,
    ...(error.stack !== undefined && { StackTrace: error.stack }),
  };
  return {
    Reason: `Activity function '${name}' failed: ${details.ErrorMessage}`,
    Details: details.StackTrace ?? '',
    FailureDetails: details,
  };
}

export function orchestratorFailure(message: string, details?: FailureDetails): Failure {
  return {
    Reason: message,
    Details: details?.StackTrace ?? '',
    FailureDetails: details ?? { ErrorType: 'Error', ErrorMessage: message },
  };
}

/** As a parent sees the failure of its child. */
export function childFailure(name: string, { Reason, Details, FailureDetails }: Failure): Failure {
  return {
    Reason: `The sub-orchestrator function '${name}' failed: "${Reason}"`,
    Details,
    FailureDetails,
  };
}

function detailsInMessage(message: string): FailureDetails | undefined {
  if (!message.startsWith('{"errorType":')) return undefined;
  const { errorType, errorMessage, stackTrace, isNonRetriable, properties } = JSON.parse(
    message,
  ) as Record<string, string>;
  return {
    ErrorType: errorType!,
    ErrorMessage: errorMessage!,
    ...(stackTrace !== undefined && { StackTrace: stackTrace }),
    IsNonRetriable: Boolean(isNonRetriable),
    Properties: properties,
  };
}
