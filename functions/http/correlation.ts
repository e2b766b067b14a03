/** The name under which a request is found again, in our log and in the caller's. */
import type { HttpRequest } from '@azure/functions';

/** A caller's own name for it, its trace (W3C Trace Context §3.2), or the invocation; always a URI. */
export function instanceUri({ headers }: HttpRequest, invocationId: string): string {
  const named = headers.get('x-correlation-id') ?? '';
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(named)) return `urn:uuid:${named}`;
  if (/^[\w.-]{1,128}$/.test(named)) return `urn:correlation:${named}`;
  const [, trace] =
    /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(
      headers.get('traceparent') ?? '',
    ) ?? [];
  return trace === undefined ? `urn:uuid:${invocationId}` : `urn:trace:${trace}`;
}
