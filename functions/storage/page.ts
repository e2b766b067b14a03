/**
 * A page of a long list. Only its store understands `continuation`; callers get it inside a signed
 * cursor.
 */
export interface Page<T> {
  readonly items: readonly T[];
  readonly continuation?: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly continuation?: string;
}
