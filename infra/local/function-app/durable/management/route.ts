/** A route of the management API, and the plain answers that its routes share. */
import type { WebhookAnswer, WebhookRequest } from '../durable-runtime';
import type { Engine } from '../engine';

export type Route = (
  request: WebhookRequest,
  engine: Engine,
  ...parts: string[]
) => Promise<WebhookAnswer>;

export const message = (status: number, text: string): WebhookAnswer => ({
  status,
  json: { Message: text },
});

export const notFound: WebhookAnswer = { status: 404 };

/** A flag of the query, which callers write as they like. */
export const isSaid = (query: URLSearchParams, name: string, said: 'true' | 'false'): boolean =>
  query.get(name)?.toLowerCase() === said;
