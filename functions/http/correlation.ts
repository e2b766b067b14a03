/** Correlates a request in our log with the caller's log. */
import type { HttpRequest } from '@azure/functions';

/**
 * The `instance` of a problem (RFC 9457) as a URI: the caller's X-Correlation-Id, else the trace id
 * (W3C Trace Context section 3.2), else the id of the invocation.
 */
export function instanceUri({ headers }: HttpRequest, invocationId: string): string {
  const correlationId = headers.get('x-correlation-id') ?? '';
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(correlationId))
    return `urn:uuid:${correlationId}`;
  if (/^[\w.-]{1,128}$/.test(correlationId)) return `urn:correlation:${correlationId}`;
  const [, trace] =
    /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(
      headers.get('traceparent') ?? '',
    ) ?? [];
  return trace === undefined ? `urn:uuid:${invocationId}` : `urn:trace:${trace}`;
}
