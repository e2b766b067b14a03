/** A route of the management API, and the plain answers that its routes share. */
import type { ManagementResponse, ManagementRequest } from '../durable-runtime';
import type { Engine } from '../engine';

export type Route = (
  request: ManagementRequest,
  engine: Engine,
  ...parts: string[]
) => Promise<ManagementResponse>;

export const message = (status: number, text: string): ManagementResponse => ({
  status,
  json: { Message: text },
});

export const notFound: ManagementResponse = { status: 404 };

/** A flag of the query, which callers write as they like. */
export const isFlag = (query: URLSearchParams, name: string, said: 'true' | 'false'): boolean =>
  query.get(name)?.toLowerCase() === said;
