/** A refused request: the problem of RFC 9457, or what the browser knows if there is none. */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly instance?: string;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  readonly action?: { readonly kind: string; readonly label: string; readonly href?: string };
  readonly upstream?: { readonly provider: string; readonly code: string };
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

export class ApiError extends Error {
  constructor(
    readonly problem: Problem,
    /** Names the request in the log of the app. */
    readonly requestId: string | undefined,
  ) {
    super(problem.detail ?? problem.title);
  }
}

/** Status 0 tells a failure of the network from a response. */
export const networkProblem: Problem = {
  title: 'No connection',
  status: 0,
  code: 'network_lost',
  detail: 'The service cannot be reached. Check your network, then try again.',
  retryable: true,
};

export async function problemOf(response: Response): Promise<Problem> {
  const isProblem = response.headers.get('content-type')?.includes('problem+json') ?? false;
  if (isProblem) return (await response.json()) as Problem;
  return {
    title: 'The request failed',
    status: response.status,
    code: `http_${response.status}`,
    detail: `The service responded with status ${response.status}. Try again in a moment.`,
    retryable: response.status >= 500,
  };
}

/**
 * Details by field, for a form: `/name` and `/credentials/name` belong to `name`, and `/ranges/1` to
 * `ranges`.
 */
export function fieldErrors(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ApiError)) return {};
  const details = new Map<string, string[]>();
  for (const { pointer, detail } of error.problem.errors ?? []) {
    const field = pointer.split(/[/?]/).findLast((part) => !isIndex(part)) ?? '';
    details.set(field, [...(details.get(field) ?? []), detail]);
  }
  return Object.fromEntries([...details].map(([field, texts]) => [field, texts.join('; ')]));
}

const isIndex = (part: string) => /^\d+$/.test(part);

export const isRetryable = (error: unknown): boolean =>
  error instanceof ApiError && (error.problem.retryable ?? false);
