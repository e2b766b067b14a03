/** EntraTenantDirectory on the Entra emulator. */
import { EntraTenantDirectory } from '../../../functions/azure/entra/tenant-directory';
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import { contoso, fabrikam } from '../../support/entra-browser';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

describe('tenantIdOf', () => {
  let context: TestEmulatorContext;
  let entra: Entra;
  beforeAll(async () => {
    context = await testEmulatorContext();
    entra = await startEntra(context);
  });
  afterEach(() => context.faults.clear());
  afterAll(async () => {
    await entra.stop();
    await context.remove();
  });

  it.each([
    [contoso.domain, contoso.tenantId],
    [fabrikam.domain, fabrikam.tenantId],
  ])('finds the tenant of %s', async (domain, tenantId) => {
    const directory = new EntraTenantDirectory({ entraUrl: entra.url });

    expect(await directory.tenantIdOf(domain)).toBe(tenantId);
  });

  it('refuses a domain of no tenant', async () => {
    const directory = new EntraTenantDirectory({ entraUrl: entra.url });

    await expect(directory.tenantIdOf('unknown.example')).rejects.toMatchObject({
      code: 'tenant_not_found',
    });
  });

  it.each([
    // As Entra responds for a domain that it does not know.
    [400, { error: 'invalid_tenant', error_codes: [90002] }, 'tenant_not_found'],
    [404, '<html>', expect.any(String)],
    [503, '<html>', 'idp_unavailable'],
    [429, {}, 'idp_throttled'],
  ])('on %i with %j reports %s', async (status, body, code) => {
    context.faults.add({ service: 'entra', path: 'openid-config', kind: 'status', status, body });
    const directory = new EntraTenantDirectory({ entraUrl: entra.url });

    await expect(directory.tenantIdOf(contoso.domain)).rejects.toMatchObject({ code });
  });
});
