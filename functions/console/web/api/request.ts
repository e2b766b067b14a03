/** What call() sends: the address and the headers of a request. Pure. */
export interface RequestParts {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

/** Fills `{name}` of a route and appends the query. Absent and empty values are left out. */
export function urlOf(route: string, { params, query }: RequestParts): string {
  const values = (params ?? {}) as Readonly<Record<string, unknown>>;
  const path = route.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(values[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(
    (query ?? {}) as Record<string, string | number | boolean>,
  ))
    if (value !== undefined && value !== '') search.set(name, String(value));
  return `/api/${path}${search.size > 0 ? `?${search.toString()}` : ''}`;
}

export const contentTypeOf = (method: string): string =>
  method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';

/** The cursor of the next page, or undefined on the last one. */
export const cursorOf = (nextLink: string | undefined): string | undefined =>
  nextLink === undefined
    ? undefined
    : (new URL(nextLink, 'http://localhost').searchParams.get('cursor') ?? undefined);
