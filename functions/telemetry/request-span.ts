/** The span of a request. It is named by the route, which has no ids. */
import { inSpan } from './span';

interface Invocation {
  readonly invocationId: string;
  readonly traceContext?: { readonly traceParent?: string | undefined } | undefined;
}

export const inRequestSpan = <T extends { readonly status?: number }>(
  { method, route }: { readonly method: string; readonly route: string },
  { invocationId, traceContext }: Invocation,
  respond: () => Promise<T>,
): Promise<T> =>
  inSpan(
    `${method} /${route}`,
    {
      kind: 'server',
      traceParent: traceContext?.traceParent,
      attributes: {
        'http.request.method': method,
        'http.route': route,
        'faas.invocation_id': invocationId,
      },
    },
    async (note) => {
      const response = await respond();
      note({ 'http.response.status_code': response.status ?? 200 });
      return response;
    },
  );
