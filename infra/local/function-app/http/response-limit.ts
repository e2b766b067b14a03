/** Azure's load balancer waits 230 seconds for a response. Then it responds, and the function runs on. */
import type { HttpResponse } from './http-response';

const azureLimitMs = 230_000;

export async function withinResponseLimit(
  response: Promise<HttpResponse>,
  limitMs = azureLimitMs,
): Promise<HttpResponse> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<HttpResponse>((resolve) => {
    timer = setTimeout(() => resolve({ status: 504 }), limitMs);
  });
  try {
    return await Promise.race([response, limit]);
  } finally {
    clearTimeout(timer);
  }
}
