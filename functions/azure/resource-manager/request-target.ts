/** What a request to Resource Manager is about, as far as its budget depends on that. */
export interface RequestTarget {
  readonly scope: 'graph' | 'subscription' | 'tenant';
  readonly subscription?: string;
  /** Of a query for runs. Data Factory counts those itself, whoever asks. */
  readonly factory?: string;
  /** The last word of the path: of a POST, what it asks for. */
  readonly word: string;
  /** Run history can wait: lists go first. */
  readonly lowPriority: boolean;
}

/** Azure compares names without case. */
export function targetOf({ pathname }: URL): RequestTarget {
  const path = pathname.toLowerCase();
  const word = path.slice(path.lastIndexOf('/') + 1);
  if (path.includes('/microsoft.resourcegraph/')) return { scope: 'graph', word, lowPriority: false };
  const [, subscription] = /^\/subscriptions\/([^/]+)/.exec(path) ?? [];
  if (subscription === undefined) return { scope: 'tenant', word, lowPriority: false };
  const common = { scope: 'subscription', subscription, word } as const;
  const [, factory] = /^(.+\/factories\/[^/]+)\/(?:.+\/)?query\w+runs$/.exec(path) ?? [];
  return factory === undefined
    ? { ...common, lowPriority: false }
    : { ...common, factory, lowPriority: true };
}
