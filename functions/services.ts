/** The composition root: what every handler and step is given, built once per worker on first use. */
import type { HttpRequest, InvocationContext } from '@azure/functions';
import type { Config } from './config';
import { orchestrationsOf, type Orchestrations } from './durable/orchestrations';
import { authenticator } from './http/authenticate';
import type { Caller } from './http/caller';

export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

export interface Services {
  readonly now: () => Date;
  readonly authenticate: (request: HttpRequest) => Promise<Caller>;
  readonly orchestrations: (context: InvocationContext) => Orchestrations;
  /** Each part once; never throws. */
  readonly checkHealth: () => Promise<readonly HealthCheck[]>;
}

/** SDK clients open no connection until used, so building all of them is cheap: no I/O happens here. */
export function createServices(config: Config): Services {
  const now = () => new Date();
  return {
    now,
    authenticate: authenticator({
      entraUrl: config.entraUrl,
      clientId: config.api.clientId,
      tenants: config.api.tenants,
      now,
    }),
    orchestrations: orchestrationsOf,
    checkHealth: async () => [{ name: 'configuration', ok: true }],
  };
}

export type Lazy<T> = () => T;

/** Makes the value on first use and keeps it; a failure is not kept, so the next call tries again. */
export function lazy<T>(make: () => T): Lazy<T> {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
