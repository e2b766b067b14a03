/** Type of a management route, and responses that several routes use. */
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

/** Compares a query parameter case-insensitively. */
export const isFlag = (query: URLSearchParams, name: string, value: 'true' | 'false'): boolean =>
  query.get(name)?.toLowerCase() === value;
