/** Azure Resource Manager as raw JSON. Retries happen here and nowhere else; long waits are handed back. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectorKey, Json } from '../catalog/resource';
import type { AccessTokens } from '../connectors/ports';
import { AppError, NotFoundError, RefusedError, ThrottledError, UpstreamError } from '../errors';
import { armPipeline, type ArmPipeline } from './arm-pipeline';
import { Limiter } from './limiter';

const attempts = 6;
/** Longer waits are left to a durable timer: nobody pays for a function that sleeps. */
const longestWaitInMs = 20_000;
const inFlightPerConnector = 8;
const retried = new Set([408, 429, 500, 502, 503, 504]);

export interface ResourceManagerOptions {
  readonly url: string;
  readonly tokens: AccessTokens;
  readonly wait?: (ms: number) => Promise<unknown>;
  readonly random?: () => number;
}

interface Request {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly body?: Json;
  readonly trouble?: () => void;
}
interface Answer {
  readonly status: number;
  readonly retryAfterInMs?: number;
  readonly body: Json;
}

export class ResourceManager {
  private readonly inFlight = new Map<string, Limiter>();
  private readonly wait: (ms: number) => Promise<unknown>;
  private readonly random: () => number;
  private readonly exchange: ArmPipeline;

  constructor(private readonly options: ResourceManagerOptions) {
    this.exchange = armPipeline(options.url);
    this.wait = options.wait ?? sleep;
    this.random = options.random ?? Math.random;
  }

  /** A path, or a link that a list gave. Throws what FactoryReader promises. */
  get(connector: ConnectorKey, link: string): Promise<Json> {
    return this.send(connector, { method: 'GET', url: this.own(link) });
  }

  /** `trouble` is told of every answer that makes it wait, also of those that another try mends. */
  post(
    connector: ConnectorKey,
    path: string,
    body: Json,
    trouble: () => void = () => undefined,
  ): Promise<Json> {
    return this.send(connector, { method: 'POST', url: this.own(path), body, trouble });
  }

  /** A bearer token follows a link only where it belongs. */
  private own(link: string): URL {
    const base = new URL(this.options.url);
    const url = URL.canParse(link, base.href) ? new URL(link, base) : undefined;
    if (url?.origin !== base.origin)
      throw new UpstreamError(
        'foreign_link',
        'A list of Azure leads to another host and was not followed.',
        false,
      );
    return url;
  }

  private async send(connector: ConnectorKey, request: Request): Promise<Json> {
    let fresh = false;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.ask(connector, request, fresh);
      if (!(answer instanceof Error) && answer.status < 300) return answer.body;
      if (!(answer instanceof Error) && answer.status === 401 && !fresh) {
        fresh = true;
        continue;
      }
      if (!(answer instanceof Error) && answer.status === 401)
        await this.options.tokens.noteRejection(connector.tenantId, connector.connectorId);
      const wait = this.waitInMs(answer, attempt);
      if (wait === undefined) throw answer instanceof Error ? answer : failure(request, answer);
      request.trouble?.();
      if (wait > longestWaitInMs || attempt >= attempts) throw givenUp(request, answer, wait);
      await this.wait(Math.floor(wait));
    }
  }

  /** One try. What another try may mend comes back as an error or a status, so that one place decides. */
  private async ask(
    connector: ConnectorKey,
    { method, url, body }: Request,
    fresh: boolean,
  ): Promise<Answer | Error> {
    const { tenantId, connectorId } = connector;
    return this.limiterOf(connector).run(async () => {
      try {
        const token = await this.options.tokens.forResourceManager(tenantId, connectorId, {
          fresh,
        });
        const { status, text, retryAfter } = await this.exchange({
          method,
          url: url.href,
          token,
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        const retryAfterInMs = waitAskedFor(retryAfter);
        return {
          status,
          body: status < 300 ? (JSON.parse(text) as Json) : parsed(text),
          ...(retryAfterInMs !== undefined && { retryAfterInMs }),
        };
      } catch (error) {
        // Our own failures say themselves whether to try again; all others are a broken or late answer.
        if (error instanceof AppError) return error;
        return new UpstreamError('azure_silent', 'Azure did not answer completely.', true, error);
      }
    });
  }

  private limiterOf({ tenantId, connectorId }: ConnectorKey): Limiter {
    const key = `${tenantId}/${connectorId}`;
    const limiter = this.inFlight.get(key) ?? new Limiter(inFlightPerConnector);
    this.inFlight.set(key, limiter);
    return limiter;
  }

  /** Undefined when no other try can help. Retry-After is never undercut; ours has full jitter. */
  private waitInMs(answer: Answer | Error, attempt: number): number | undefined {
    if (answer instanceof ThrottledError)
      return answer.retryAfterInSeconds * (1_000 + 100 * this.random());
    if (answer instanceof Error)
      return answer instanceof AppError && answer.retryable ? this.backoff(attempt) : undefined;
    if (!retried.has(answer.status)) return undefined;
    const asked = answer.retryAfterInMs;
    return asked === undefined ? this.backoff(attempt) : asked + (asked / 10) * this.random();
  }

  private backoff(attempt: number): number {
    return Math.min(longestWaitInMs, 1_000 * 2 ** (attempt - 1)) * this.random();
  }
}

/** Waiting is over here; whoever asked may come back later if Azure is only busy. */
function givenUp(request: Request, answer: Answer | Error, waitInMs: number): Error {
  const busy = answer instanceof ThrottledError || ('status' in answer && answer.status === 429);
  if (busy || waitInMs > longestWaitInMs)
    return new ThrottledError(
      'resource_manager_throttled',
      `Azure asks for patience: ${described(request)}.`,
      Math.ceil(waitInMs / 1_000),
    );
  if (answer instanceof Error) return answer;
  return new UpstreamError(
    'resource_manager_unavailable',
    `${described(request)} answered ${answer.status} ${attempts} times.`,
    true,
  );
}

function failure(request: Request, { status, body }: Answer): Error {
  const detail = `${described(request)} answered ${status}${reasonOf(body)}.`;
  if (status === 401) return new RefusedError('resource_manager_token_refused', detail);
  if (status === 403) return new RefusedError('resource_manager_access_denied', detail);
  if (status === 404) return new NotFoundError('resource_manager_not_found', detail);
  return new UpstreamError('resource_manager_rejected', detail, false);
}

/** The shape of a request, not its values: no names, no query. */
const described = ({ method, url }: Request) =>
  `${method} ${url.pathname.split('/').slice(-1)[0] ?? ''}`;

function reasonOf(body: Json): string {
  const error = (body as { error?: { code?: unknown } } | null)?.error;
  return typeof error?.code === 'string' ? ` (${error.code})` : '';
}

/** RFC 9110 §10.2.3: seconds or a date. */
function waitAskedFor(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const ms = /^\d+$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null; // an error page of a proxy: its status says enough
  }
}
