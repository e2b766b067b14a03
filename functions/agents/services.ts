/** Composition of this module: what it offers. */
export interface AgentServices {
  readonly agents: {
    /** Issuer of access tokens, where agents find how people sign in. */
    readonly authorizationServer: string;
    /** Scope to request. */
    readonly scope: string;
  };
}

/** People of any tenant sign in at `organizations`, people of the only tenant there is at theirs. */
export function agentServices({ signInUrl, clientId, tenants }: AgentOptions): AgentServices {
  const [tenant, ...others] = tenants;
  const authority =
    tenant === undefined || tenant === '*' || others.length > 0 ? 'organizations' : tenant;
  return {
    agents: {
      authorizationServer: `${signInUrl}/${authority}/v2.0`,
      scope: `api://${clientId}/access_as_user`,
    },
  };
}

interface AgentOptions {
  readonly signInUrl: string;
  readonly clientId: string;
  readonly tenants: readonly string[];
}
