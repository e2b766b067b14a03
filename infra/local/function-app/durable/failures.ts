/** Errors of activities and orchestrators in the form of the history. */
import type { Failure, FailureDetails } from './history';

/** Failure of an activity. The message may hold the library's failure details as JSON. */
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

/** Failure of a child orchestration, as its parent sees it. */
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
