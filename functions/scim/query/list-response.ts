/** The response to a query (RFC 7644 section 3.4.2, RFC 9865 section 2). */
import { messageSchemas } from '../message-schemas';

export interface ListPage<T> {
  readonly resources: readonly T[];
  readonly totalResults: number;
  /** Present for a page by index. */
  readonly startIndex?: number;
  /** Present for a page by cursor, except the last. */
  readonly nextCursor?: string;
  readonly previousCursor?: string;
}

export function toListResponse<T extends object>({
  resources,
  totalResults,
  ...position
}: ListPage<T>) {
  return {
    schemas: [messageSchemas.listResponse],
    totalResults,
    itemsPerPage: resources.length,
    ...position,
    Resources: resources,
  };
}
