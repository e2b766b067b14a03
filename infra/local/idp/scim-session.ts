/** Sends requests as an identity provider does, compares the responses with what it expects and reports. */
export interface Target {
  readonly baseUrl: string;
  readonly token: string;
}

export interface Expectation {
  readonly status: number;
  /** Says what is wrong with the body; undefined if nothing is. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a response may have any shape
  readonly check?: (body: any) => string | undefined;
}

export interface StepResult {
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  /** What differs from the expectation. */
  readonly failure?: string;
}

export class ScimSession {
  readonly results: StepResult[] = [];

  constructor(
    private readonly target: Target,
    private readonly print: (line: string) => void,
  ) {}

  /** One request. Returns the body, also of a failure, so that the sequence goes on. */
  async step(
    title: string,
    method: string,
    path: string,
    expected: Expectation,
    body?: object,
    // oxlint-disable-next-line typescript/no-explicit-any -- a response may have any shape
  ): Promise<any> {
    const startedAt = performance.now();
    const response = await fetch(`${this.target.baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.target.token}`,
        accept: 'application/scim+json',
        ...(body && { 'content-type': 'application/scim+json; charset=utf-8' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    const read: unknown = text === '' ? undefined : JSON.parse(text);
    const failure = failureOf(response.status, read, expected);
    const result = {
      title,
      method,
      path: decodeURIComponent(path),
      status: response.status,
      durationMs: Math.round(performance.now() - startedAt),
      ...(failure !== undefined && { failure }),
    };
    this.results.push(result);
    this.print(lineOf(result));
    return read ?? {};
  }
}

function failureOf(
  status: number,
  body: unknown,
  { status: expected, check }: Expectation,
): string | undefined {
  if (status !== expected) {
    const { detail } = (body ?? {}) as { readonly detail?: string };
    return `expected ${expected}${detail === undefined ? '' : `; the service says: ${detail}`}`;
  }
  return check?.(body);
}

function lineOf({ title, method, path, status, durationMs, failure }: StepResult): string {
  const mark = failure === undefined ? '✓' : '✗';
  const request = `${method.padEnd(6)} ${path.length > 70 ? `${path.slice(0, 69)}…` : path}`;
  const line = `  ${mark} ${status} ${String(durationMs).padStart(5)} ms  ${title}\n      ${request}`;
  return failure === undefined ? line : `${line}\n      ${failure}`;
}

export const expectEqual =
  <Body, T>(name: string, wanted: T, read: (body: Body) => T) =>
  (body: Body): string | undefined => {
    const found = read(body);
    return JSON.stringify(found) === JSON.stringify(wanted)
      ? undefined
      : `${name} is ${JSON.stringify(found)}, expected ${JSON.stringify(wanted)}`;
  };
