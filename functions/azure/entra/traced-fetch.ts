/** A request to Entra in a span that names the endpoint, but no tenant. */
import { inSpan } from '../../telemetry/span';

export function tracedFetch(
  method: string,
  url: string,
  options: Omit<RequestInit, 'method'>,
): Promise<Response> {
  const { hostname, pathname } = new URL(url);
  return inSpan(
    `${method} entra ${pathname.split('/').at(-1)}`,
    {
      kind: 'client',
      attributes: { 'http.request.method': method, 'server.address': hostname },
    },
    async (note) => {
      const response = await fetch(url, { ...options, method });
      note({ 'http.response.status_code': response.status });
      return response;
    },
  );
}
