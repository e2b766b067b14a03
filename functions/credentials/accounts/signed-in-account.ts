/** The account that a sign-in connected, as attempts and events record it. */
import type { Account } from '../../connectors/connector';

export interface SignedInAccount {
  readonly tenantId: string;
  /** Absent for an app that signs in as itself. */
  readonly objectId?: string;
  readonly username?: string;
}

export const signedInAccountOf = ({ tenantId, objectId, username }: Account): SignedInAccount => ({
  tenantId,
  ...(objectId !== undefined && { objectId }),
  ...(username !== undefined && { username }),
});
