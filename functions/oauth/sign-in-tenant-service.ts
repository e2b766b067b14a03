/**
 * The tenant that signs in. Every sign-in of a person is bound to one tenant, so that a forwarded
 * link or device code connects no account of another tenant (RFC 8628 section 5.4, cross-device
 * flows BCP). `organizations`, which accepts any account, is never used.
 */
import type { Connector } from '../connectors/connector';
import { tenantIdOf } from '../credentials/accounts/tenant-id';
import type { TenantDirectory } from '../credentials/ports';
import type { AllowedTenantsService } from '../credentials/accounts/allowed-tenants-service';
import type { SignInResult } from '../credentials/sign-in-result';
import { InvalidInputError, RefusedError } from '../errors/app-error';
import type { Actor } from '../events/actor';

export interface SignInTenantRequest {
  /** Id or domain of the tenant. */
  readonly tenantId?: string | undefined;
  readonly allowAccountChange?: boolean | undefined;
}

export class SignInTenantService {
  constructor(
    private readonly directory: TenantDirectory,
    private readonly allowedTenants: Pick<AllowedTenantsService, 'assertAllowed'>,
  ) {}

  /**
   * Id of the tenant named in the request, of the account connected before, or of the caller. Throws
   * RefusedError if there is no such tenant or if it is not allowed, InvalidInputError if the account
   * that is expected belongs to another tenant.
   */
  async tenantFor(
    { account }: Connector,
    actor: Actor,
    { tenantId: named, allowAccountChange }: SignInTenantRequest,
  ): Promise<string> {
    const expected = await tenantIdOf(
      this.directory,
      account?.objectId === undefined ? actor.tenantId : account.tenantId,
    );
    const tenantId = named === undefined ? expected : await tenantIdOf(this.directory, named);
    await this.allowedTenants.assertAllowed(actor.tenantId, tenantId);
    if (tenantId !== expected && !allowAccountChange) throw accountChangeRequired();
    return tenantId;
  }
}

const accountChangeRequired = () =>
  new InvalidInputError(
    'account_change_required',
    'An account of another tenant is another account than the expected one. Set allowAccountChange to accept it.',
    [
      {
        pointer: '/allowAccountChange',
        code: 'invalid',
        detail:
          'allowAccountChange must be true for another tenant than that of the expected account',
      },
    ],
  );

/** Throws RefusedError if Entra signed in an account of another tenant than requested. */
export function assertSignInTenant(tenant: string, { tenantId }: SignInResult): void {
  if (tenant === tenantId.toLowerCase()) return;
  throw new RefusedError(
    'tenant_mismatch',
    'The account belongs to another tenant than the sign-in was started for. Sign in with an account of that tenant.',
  );
}
