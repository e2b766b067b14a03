/** Parts of a Resource Manager URL that decide about the rate budget. */
export interface RequestTarget {
  readonly scope: 'graph' | 'subscription' | 'tenant';
  readonly subscription?: string;
  /** Only for run queries, which Data Factory counts per factory for all callers. */
  readonly factory?: string;
  /** Last segment of the path. For a POST it names the query. */
  readonly lastSegment: string;
  /** True for run queries: lists go first. */
  readonly lowPriority: boolean;
}

/** Compares without case, as Azure does. */
export function targetOf({ pathname }: URL): RequestTarget {
  const path = pathname.toLowerCase();
  const lastSegment = path.slice(path.lastIndexOf('/') + 1);
  if (path.includes('/microsoft.resourcegraph/'))
    return { scope: 'graph', lastSegment, lowPriority: false };
  const [, subscription] = /^\/subscriptions\/([^/]+)/.exec(path) ?? [];
  if (subscription === undefined) return { scope: 'tenant', lastSegment, lowPriority: false };
  const common = { scope: 'subscription', subscription, lastSegment } as const;
  const [, factory] = /^(.+\/factories\/[^/]+)\/(?:.+\/)?query\w+runs$/.exec(path) ?? [];
  return factory === undefined
    ? { ...common, lowPriority: false }
    : { ...common, factory, lowPriority: true };
}
