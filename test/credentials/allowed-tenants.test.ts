import { callEndpoint } from '../support/call-endpoint';
import { owner, ownerOfOtherTenant, viewer } from '../support/builders';
import { testContext } from '../support/context';

const fabrikam = ownerOfOtherTenant.tenantId;

function allowedTenantsContext() {
  const context = testContext();
  const { services } = context;
  return {
    ...context,
    read: (as = owner) => callEndpoint('getAllowedTenants', { services, as }),
    replace: (body: unknown, ifMatch = '*', as = owner) =>
      callEndpoint('replaceAllowedTenants', {
        services,
        as,
        headers: ifMatch ? { 'if-match': ifMatch } : {},
        body,
      }),
  };
}

describe('allowed tenants', () => {
  it('are none at first', async () => {
    const { read } = allowedTenantsContext();

    expect(await read()).toMatchObject({
      status: 200,
      headers: { ETag: '"t0"' },
      json: { tenantIds: [], etag: '"t0"' },
    });
  });

  it('are replaced, in lower case and without repetition', async () => {
    const { read, replace } = allowedTenantsContext();

    const response = await replace({ tenantIds: [fabrikam.toUpperCase(), fabrikam] }, '"t0"');

    expect(response).toMatchObject({ status: 200, json: { tenantIds: [fabrikam], etag: '"t1"' } });
    expect((await read()).json).toEqual(response.json);
  });

  it('are those of one tenant', async () => {
    const { read, replace } = allowedTenantsContext();
    await replace({ tenantIds: [fabrikam] });

    expect((await read(ownerOfOtherTenant)).json.tenantIds).toEqual([]);
  });

  it('keep a change that was made meanwhile', async () => {
    const { read, replace } = allowedTenantsContext();
    await replace({ tenantIds: [fabrikam] }, '"t0"');

    const response = await replace({ tenantIds: [] }, '"t0"');

    expect(response).toMatchObject({ status: 412, json: { code: 'allowed_tenants_stale' } });
    expect((await read()).json.tenantIds).toEqual([fabrikam]);
  });

  it('accept one of ten concurrent changes', async () => {
    const { replace } = allowedTenantsContext();

    const responses = await Promise.all(
      Array.from({ length: 10 }, () => replace({ tenantIds: [fabrikam] }, '"t0"')),
    );

    expect(responses.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(responses.filter(({ status }) => status === 412)).toHaveLength(9);
  });

  it('record what an Owner added and removed', async () => {
    const { replace, eventStore } = allowedTenantsContext();
    await replace({ tenantIds: [fabrikam] });
    await replace({ tenantIds: [owner.tenantId] });

    expect(eventStore.all()).toMatchObject([
      {
        type: 'allowed_tenants.changed',
        actor: { objectId: owner.objectId },
        data: { added: fabrikam, removed: '' },
      },
      { data: { added: owner.tenantId, removed: fabrikam } },
    ]);
  });

  it.each([
    ['a domain', { tenantIds: ['contoso.example'] }, '/tenantIds/0'],
    ['no list', {}, '/tenantIds'],
    ['101 tenants', { tenantIds: Array.from({ length: 101 }, () => fabrikam) }, '/tenantIds'],
    ['an unknown field', { tenantIds: [], all: true }, '/all'],
  ])('are not replaced by %s', async (_, body, pointer) => {
    const { replace } = allowedTenantsContext();

    expect(await replace(body)).toMatchObject({ status: 400, json: { errors: [{ pointer }] } });
  });

  it('need If-Match and the role Owner', async () => {
    const { read, replace } = allowedTenantsContext();

    expect((await replace({ tenantIds: [] }, '')).status).toBe(428);
    expect((await replace({ tenantIds: [] }, '*', viewer)).status).toBe(403);
    expect((await read(viewer)).status).toBe(403);
  });
});
