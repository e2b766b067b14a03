/**
 * Request quotas per caller and per connector. Each worker counts reads on its own, because a count
 * in storage costs as much as the read. Writes and credential attempts are counted in a table that
 * all workers share. One more worker therefore allows more reads, but no more credential attempts.
 */
export interface RateLimit {
  readonly quota: number;
  readonly windowSeconds: number;
  /** Where requests are counted: per worker in memory, or for all workers in a table. */
  readonly scope: 'worker' | 'table';
}

export const rateLimits = {
  /** `reads` and `writes` count per caller. A read counts as often as its endpoint declares. */
  reads: { quota: 1_200, windowSeconds: 60, scope: 'worker' },
  writes: { quota: 600, windowSeconds: 60, scope: 'table' },
  /**
   * Per connector. Passwords have a stricter sliding limit in
   * credentials/password-sign-in-service.ts.
   */
  credentials: { quota: 60, windowSeconds: 3_600, scope: 'table' },
  signIns: { quota: 10, windowSeconds: 600, scope: 'table' },
  connectionTests: { quota: 20, windowSeconds: 600, scope: 'table' },
  /** Per provisioning connection: each reads the role assignments of all its scopes at Azure. */
  accessReconciliations: { quota: 20, windowSeconds: 600, scope: 'table' },
  /** The same operations per caller, over all connectors of the tenant. */
  credentialsOfCaller: { quota: 120, windowSeconds: 3_600, scope: 'table' },
  signInsOfCaller: { quota: 30, windowSeconds: 600, scope: 'table' },
  connectionTestsOfCaller: { quota: 60, windowSeconds: 600, scope: 'table' },
  accessReconciliationsOfCaller: { quota: 60, windowSeconds: 600, scope: 'table' },
  /**
   * Per tenant: what makes this app call an address of the tenant or store a secret of a webhook,
   * such as a confirmation, a ping or a rotation.
   */
  webhookRequests: { quota: 60, windowSeconds: 3_600, scope: 'table' },
  /**
   * Per provisioning connection. Entra ID expects at least 25 requests per second, and a first push
   * of a large tenant is one long burst.
   */
  scim: { quota: 60_000, windowSeconds: 60, scope: 'worker' },
} as const satisfies Record<string, RateLimit>;

export type RateLimitName = keyof typeof rateLimits;

/**
 * What an endpoint declares that starts work at Entra or Azure, or stores a secret: limits by the
 * subject that they count, a connector or provisioning connection and a caller. All of them apply.
 */
export const endpointLimits = {
  credentials: { connector: 'credentials', caller: 'credentialsOfCaller' },
  signIns: { connector: 'signIns', caller: 'signInsOfCaller' },
  connectionTests: { connector: 'connectionTests', caller: 'connectionTestsOfCaller' },
  accessReconciliations: {
    connector: 'accessReconciliations',
    caller: 'accessReconciliationsOfCaller',
  },
} as const satisfies Record<string, Record<'connector' | 'caller', RateLimitName>>;

export type EndpointLimit = keyof typeof endpointLimits;
