/** Verification of bearer tokens, which the Entra emulator offers to the other emulators. */
export interface TokenClaims {
  readonly tid: string;
  /** Object id of the user or service principal. */
  readonly oid: string;
  readonly aud: string;
  readonly appid?: string;
  readonly scp?: string;
  readonly idtyp?: string;
  /** App roles. In an app-only token, the application permissions. */
  readonly roles?: readonly string[];
}

/**
 * Resolves to undefined unless the header holds a valid, unexpired token for one of the audiences.
 */
export type VerifyToken = (
  authorization: string | undefined,
  audiences: readonly string[],
) => Promise<TokenClaims | undefined>;
