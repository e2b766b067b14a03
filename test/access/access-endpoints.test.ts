/** The endpoints of role rules and access through the whole request pipeline. */
import { UpstreamError } from '../../functions/errors/app-error';
import { rateLimits } from '../../functions/http/rate-limits';
import { callEndpoint } from '../support/call-endpoint';
import { owner } from '../support/builders';
import { testServices } from '../support/context';
import { accessContext, aGroup, aRule, aUser, factory, memberOf } from './access-context';

async function team(count: number) {
  const context = accessContext();
  await context.change({ groups: [{ id: 'G1', after: aGroup('G1', 'ADF operators') }] });
  for (let n = 1; n <= count; n++) {
    await context.change({ users: context.users(aUser(n)) });
    await context.change({ members: [memberOf('G1', `U${n}`)] });
  }
  const services = testServices(context.services);
  const params = { connectionId: 'scim-1' };
  const replace = (ifMatch: string | undefined, body: object) =>
    callEndpoint('replaceRoleRules', {
      as: owner,
      services,
      params,
      body: { rules: [aRule()], reason: 'a test', ...body },
      ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch } }),
    });
  return { context, services, params, replace };
}

describe('replaceRoleRules', () => {
  it('stores a version with its ETag, and grants', async () => {
    const { context, replace } = await team(2);

    const response = await replace('"v0"', {});
    await context.services.drains.settled();

    expect(response).toMatchObject({ status: 200, json: { version: 1, etag: '"v1"' } });
    expect(context.azure.all()).toHaveLength(2);
    expect(context.rulesAudited()).toMatchObject([
      { actor: { kind: 'person', objectId: owner.objectId }, data: { reason: 'a test' } },
    ]);
  });

  it.each([
    ['without If-Match', undefined, {}, 428, 'if_match_missing'],
    ['with an outdated version', '"v7"', {}, 412, 'role_rules_outdated'],
    ['without a reason', '"v0"', { reason: undefined }, 400, 'invalid_body'],
    [
      'with a subscription as scope',
      '"v0"',
      { rules: [aRule({ scopes: ['/subscriptions/x'] })] },
      400,
      'invalid_body',
    ],
  ])('refuses a change %s', async (_, ifMatch, body, status, code) => {
    const { replace } = await team(0);

    expect(await replace(ifMatch, body)).toMatchObject({ status, json: { code } });
  });

  it('refuses rules that do not fit into a row', async () => {
    const { replace } = await team(0);
    const large = Array.from({ length: 200 }, (_, n) => {
      const scopes = Array.from({ length: 20 }, (__, m) =>
        factory(`adf-${n}-${m}-${'x'.repeat(50)}`),
      );
      return aRule({ id: `r${n}`, description: 'x'.repeat(500), scopes });
    });

    const refused = await replace('"v0"', { rules: large });
    const stored = await replace('"v0"', { rules: large.slice(0, 150) });

    expect(refused).toMatchObject({
      status: 400,
      json: { code: 'invalid_body', errors: [{ pointer: '/rules' }] },
    });
    expect(stored.status).toBe(200);
  });

  it('refuses a mass revocation until it is confirmed', async () => {
    const { context, replace } = await team(15);
    await replace('"v0"', {});

    const refused = await replace('"v1"', { rules: [] });
    const confirmed = await replace('"v1"', { rules: [], confirmRevocations: true });
    await context.services.drains.settled();
    await context.drain();

    expect(refused).toMatchObject({ status: 409, json: { code: 'mass_revocation' } });
    expect(confirmed.status).toBe(200);
    expect(context.azure.all()).toEqual([]);
  });

  it('warns of contributors on a factory alone', async () => {
    const { replace } = await team(0);

    const { json } = await replace('"v0"', { rules: [aRule({ role: 'contributor' })] });

    expect(json).toMatchObject({ warnings: [{ ruleId: 'operators' }] });
  });
});

describe('the endpoints of access', () => {
  it('compare rules without a change', async () => {
    const { context, services, params } = await team(2);

    const response = await callEndpoint('compareRoleRules', {
      as: owner,
      services,
      params,
      body: { rules: [aRule()] },
    });

    expect(response.json).toMatchObject({ add: 2, remove: 0, needsConfirmation: false });
    expect(context.azure.all()).toEqual([]);
  });

  it('report grants, versions, status and drift', async () => {
    const { context, services, params, replace } = await team(1);
    await replace('"v0"', {});
    await context.services.drains.settled();
    const call = (name: Parameters<typeof callEndpoint>[0]) =>
      callEndpoint(name, { as: owner, services, params });

    const grants = await call('listGrants');
    const versions = await call('listRoleRuleVersions');
    const rules = await call('getRoleRules');
    const drift = await call('reconcileAccess');
    const status = await call('getAccessStatus');

    expect(grants.json).toMatchObject({
      items: [{ status: 'assigned', subject: { name: 'user1@contoso.example' } }],
    });
    expect(versions.json).toMatchObject({ items: [{ version: 1 }] });
    expect(rules.json).toMatchObject({ version: 1 });
    expect(drift.json).toMatchObject({ missing: 0, unwanted: 0 });
    expect(status.json).toMatchObject({ pending: { revocations: 0 }, drift: { missing: 0 } });
  });

  it('limit comparisons with Azure and record who asked', async () => {
    const { context, services, params } = await team(1);
    const { quota } = rateLimits.accessReconciliations;
    const compare = () => callEndpoint('reconcileAccess', { as: owner, services, params });

    const first = await compare();
    for (let n = 1; n < quota; n++)
      await services.rateLimiter.consume(
        'accessReconciliations',
        owner.tenantId,
        params.connectionId,
      );
    const refused = await compare();

    expect([first.status, refused.status]).toEqual([200, 429]);
    expect(context.audited()).toContainEqual(
      expect.objectContaining({
        action: 'reconciliation.requested',
        actor: expect.objectContaining({ objectId: owner.objectId }) as object,
      }),
    );
  });

  it('confirm held revocations although storage fails afterwards', async () => {
    const { context, services, params, replace } = await team(13);
    await replace('"v0"', {});
    await context.services.drains.settled();
    const members = Array.from({ length: 12 }, (_, n) => memberOf('G1', `U${n + 1}`, 'removed'));
    await context.change({ members });
    const down = new UpstreamError('storage_unavailable', 'down', true);
    const confirm = context.assignmentStore.replaceBreaker.bind(context.assignmentStore);
    context.assignmentStore.replaceBreaker = async (...input) => {
      await confirm(...input);
      jest.spyOn(context.intentStore, 'count').mockRejectedValue(down);
    };
    const before = await callEndpoint('getAccessStatus', { as: owner, services, params });

    const response = await callEndpoint('confirmRevocations', { as: owner, services, params });

    expect(before.json).toMatchObject({
      pending: { held: 2 },
      revocationsHeldAt: expect.any(String) as string,
    });
    expect(response).toMatchObject({ status: 200, json: { pending: { held: 0 } } });
    expect(response.json).not.toHaveProperty('revocationsHeldAt');
  });

  it('refuse to confirm what is not held', async () => {
    const { services, params } = await team(0);

    const response = await callEndpoint('confirmRevocations', { as: owner, services, params });

    expect(response).toMatchObject({ status: 422, json: { code: 'no_revocations_held' } });
  });

  it.each([
    'getRoleRules',
    'listRoleRuleVersions',
    'listGrants',
    'getAccessStatus',
    'reconcileAccess',
    'confirmRevocations',
  ] as const)('answer %s of an unknown connection with 404', async (name) => {
    const { services } = await team(0);

    const response = await callEndpoint(name, {
      as: owner,
      services,
      params: { connectionId: 'other' },
    });

    expect(response).toMatchObject({ status: 404, json: { code: 'access_not_found' } });
  });
});
