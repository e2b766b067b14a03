/**
 * The tenant that signs in. Every sign-in of a person is bound to one tenant, so that a forwarded
 * link or device code connects no account of another tenant (RFC 8628 section 5.4, cross-device
 * flows BCP). `organizations`, which accepts any account, is never used.
 */
import type { Connector } from '../connectors/connector';
import type { AllowedTenantsService } from '../credentials/accounts/allowed-tenants-service';
import type { SignInResult } from '../credentials/sign-in-result';
import { RefusedError } from '../errors/app-error';
import type { Actor } from '../events/actor';
import type { TenantDirectory } from './ports';

const tenantIdPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export class SignInTenantService {
  constructor(
    private readonly directory: TenantDirectory,
    private readonly allowedTenants: Pick<AllowedTenantsService, 'assertAllowed'>,
  ) {}

  /**
   * Id of the tenant named in the request, of the account connected before, or of the caller. Throws
   * RefusedError if there is no such tenant or if it is not allowed.
   */
  async tenantFor(
    { account }: Connector,
    actor: Actor,
    named: string | undefined,
  ): Promise<string> {
    const previous = account?.objectId === undefined ? actor.tenantId : account.tenantId;
    const name = (named ?? previous).toLowerCase();
    const tenantId = tenantIdPattern.test(name) ? name : await this.directory.tenantIdOf(name);
    await this.allowedTenants.assertAllowed(actor.tenantId, tenantId);
    return tenantId;
  }
}

/** Throws RefusedError if Entra signed in an account of another tenant than requested. */
export function assertSignInTenant(tenant: string, { tenantId }: SignInResult): void {
  if (tenant === tenantId.toLowerCase()) return;
  throw new RefusedError(
    'tenant_mismatch',
    'The account belongs to another tenant than the sign-in was started for. Sign in with an account of that tenant.',
  );
}
