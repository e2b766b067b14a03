/** What the console has to know before a person signs in. Nothing in it is secret. */
export interface ConsoleSettings {
  /** OpenID Connect authority, below which the browser finds the discovery document. */
  readonly authority: string;
  /** App registration of the console. Empty if the deployment has none. */
  readonly clientId: string;
  /** Scopes of a sign-in: of the API, and a refresh token. */
  readonly scope: string;
}

interface SignInSettings {
  readonly entraSignInUrl: string;
  readonly consoleClientId: string;
  readonly api: { readonly clientId: string };
}

/** Accounts of any organization may sign in; the API decides which tenants it admits. */
export const consoleSettings = (config: SignInSettings): ConsoleSettings => ({
  authority: `${config.entraSignInUrl}/organizations/v2.0`,
  clientId: config.consoleClientId,
  scope: `openid profile offline_access api://${config.api.clientId}/access_as_user`,
});
