/** What all responses have in common: headers, problems instead of errors, and log lines of errors. */
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { AppError } from '../errors/app-error';
import { logLine } from '../telemetry/log-line';
import { instanceUri } from './correlation';
import { exposedHeaders } from './openapi/openapi-headers';
import { httpStatusOf, toProblem } from './problem';
import { rateLimitHeaders, type RateLimitState } from './rate-limit';
import { drainBody } from './request-body';

export class Responder {
  private readonly instance: string;

  constructor(
    private readonly request: HttpRequest,
    private readonly context: InvocationContext,
  ) {
    this.instance = instanceUri(request, context.invocationId);
  }

  /** Maps an error to a problem and logs it. */
  problemOf(error: unknown): HttpResponseInit {
    this.log(error);
    return this.toProblem(error);
  }

  /** Maps an error that did not happen in this request, so nothing is logged. */
  toProblem(error: unknown): HttpResponseInit {
    return toProblem(error, this.instance);
  }

  /**
   * Completes a response. By default it carries data of a tenant: caches must not store it, and
   * browsers must not guess its type. The server leaves out the content of a response to HEAD (RFC
   * 9110 section 9.3.2). What was not read of the body of the request is discarded first.
   */
  async complete(
    response: HttpResponseInit,
    rateLimits: readonly RateLimitState[],
  ): Promise<HttpResponseInit> {
    await drainBody(this.request);
    const headers = {
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'X-Request-Id': this.context.invocationId,
      ...rateLimitHeaders(rateLimits),
      // The platform decides which origins may read a response, and the app which headers they see.
      ...(this.request.headers.has('origin') && {
        'Access-Control-Expose-Headers': exposedHeaders.join(', '),
      }),
      ...(response.headers as Record<string, string>),
    };
    return { ...response, headers };
  }

  /**
   * One line of JSON with the `instance` of the problem. An error that is not an AppError is a bug:
   * its stack follows. Requests are never logged.
   */
  log(error: unknown): void {
    const { context, instance } = this;
    const status = httpStatusOf(error);
    const known = error instanceof AppError ? error : undefined;
    const details = { status, code: known?.code ?? 'internal_error', instance };
    if (!known) context.error(logLine('request.failed', { ...details }), error);
    else if (status < 500) context.info(logLine('request.refused', { ...details }));
    else context.warn(logLine('request.failed', { ...details, detail: known.message }));
  }
}
