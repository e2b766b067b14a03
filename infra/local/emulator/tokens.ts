/** What the other stand-ins ask of the Entra stand-in: is this bearer token one of yours, for me? */
export interface TokenClaims {
  readonly tid: string;
  /** Object id of the user or service principal. */
  readonly oid: string;
  readonly aud: string;
  readonly appid?: string;
  readonly scp?: string;
  readonly idtyp?: string;
  /** App roles; of an app-only token, its application permissions. */
  readonly roles?: readonly string[];
}

/** Undefined when the header carries no valid, unexpired token for one of the audiences. */
export type VerifyToken = (
  authorization: string | undefined,
  audiences: readonly string[],
) => Promise<TokenClaims | undefined>;
