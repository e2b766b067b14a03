/** ArmRoleAssignments against the emulator of Resource Manager, with the rights that our app has. */
import type { ArmPipeline } from '../../../functions/azure/resource-manager/arm-pipeline';
import { ArmRoleAssignments } from '../../../functions/azure/resource-manager/role-assignments/arm-role-assignments';
import { descriptionOf } from '../../../functions/access/grants/assignment';
import { assignmentName } from '../../../functions/access/grants/assignment-name';
import { Secret } from '../../../functions/secrets/secret';
import { roleIds } from '../../../infra/local/resource-manager/roles/role-definitions';
import { sample } from '../../../infra/local/seed/sample';
import {
  sampleGroup,
  startManager,
  stranger,
  tokenFor,
  type ManagerClient,
} from '../../support/resource-manager';

const { tenantId } = sample.contoso;
const ourApp: string = sample.home.oauthObjectIdAtContoso;
const principalId = 'c0c0a000-0000-4000-8000-000000000077';
const options = { maxWaitMs: 0, urgent: true };

let emulator: ManagerClient;
beforeEach(async () => {
  emulator = await startManager();
});
afterEach(() => emulator.stop());

function adapter(
  caller = ourApp,
  overrides: Partial<{ capacity: number; waits: number[]; exchange: ArmPipeline }> = {},
) {
  let time = Date.parse('2026-01-01T00:00:00Z');
  return new ArmRoleAssignments({
    url: emulator.manager.url,
    ...(overrides.exchange && { exchange: overrides.exchange }),
    tokens: {
      get: async () => new Secret(tokenFor(caller).replace('Bearer ', '')),
      forget: () => undefined,
    },
    rate: { capacity: overrides.capacity ?? 100, perSecond: 2 },
    now: () => time,
    async wait(ms) {
      overrides.waits?.push(ms);
      time += ms;
    },
  });
}

const request = (changes: { scope?: string; roleId?: string; generation?: number } = {}) => {
  const { scope = sampleGroup, roleId = roleIds.dataFactoryOperator, generation = 0 } = changes;
  return {
    name: assignmentName({ scope, roleId, principalId }, generation),
    scope,
    roleId,
    principalId,
    principalType: 'User' as const,
    description: descriptionOf('scim-1'),
  };
};
const fault = (changes: object) =>
  emulator.context.faults.add({
    service: 'resource-manager',
    path: '(PUT|DELETE) .*roleAssignments',
    kind: 'status',
    ...changes,
  });

describe('a role assignment', () => {
  it('is created once, listed with its marker, and deleted once', async () => {
    const roles = adapter();

    const first = await roles.create(tenantId, request(), options);
    const second = await roles.create(tenantId, request(), options);
    const listed = await roles.list(tenantId, sampleGroup, principalId);
    const deleted = await roles.delete(tenantId, request(), options);
    const again = await roles.delete(tenantId, request(), options);

    expect([first, second, deleted, again].map(({ outcome }) => outcome)).toEqual([
      'created',
      'created',
      'deleted',
      'deleted',
    ]);
    expect(first).toHaveProperty('correlationId');
    const { description, principalType: _, ...asListed } = request();
    expect(listed).toEqual({ outcome: 'listed', assignments: [{ ...asListed, description }] });
  });

  it.each([
    ['ResourceGroupNotFound', 'deleted'],
    ['ResourceNotFound', 'deleted'],
    ['SubscriptionNotFound', 'failed'],
    ['SomethingElse', 'failed'],
    [undefined, 'failed'],
  ])('is gone or not by the code of a 404: %s', async (code, outcome) => {
    const roles = adapter();
    await roles.create(tenantId, request(), options);
    const body = code === undefined ? '<html>proxy</html>' : { error: { code, message: 'No.' } };
    fault({ status: 404, body, count: 1 });

    const deleted = await roles.delete(tenantId, request(), options);

    expect(deleted.outcome).toBe(outcome);
  });

  it.each([
    ['confirms it', undefined, 'deleted'],
    ['meets a proxy', { status: 404, body: '<html>proxy</html>' }, 'failed'],
    ['meets another code', { status: 404, body: { error: { code: 'NotFound' } } }, 'failed'],
    ['meets an outage', { status: 503 }, 'failed'],
    ['is reset', { kind: 'reset' }, 'failed'],
  ])('is gone with its subscription if a look without a token %s', async (_, answer, outcome) => {
    const scope = sampleGroup.replace('0000000000f1', '0000000000aa');
    if (answer) fault({ ...answer, path: 'GET /subscriptions/[^/]+$', count: 1 });

    const deleted = await adapter().delete(tenantId, request({ scope }), options);

    expect(deleted.outcome).toBe(outcome);
  });

  const namingTenant = (tenant: string) =>
    `Bearer authorization_uri="https://login.windows.net/${tenant}", error="invalid_token"`;

  it.each([
    ['another tenant', 401, namingTenant(sample.fabrikam.tenantId), 'deleted'],
    ['its own tenant', 401, namingTenant(tenantId.toUpperCase()), 'failed'],
    ['no tenant', 401, 'Bearer error="invalid_token"', 'failed'],
    ['an outage', 503, undefined, 'failed'],
    ['a challenge without 401', 200, namingTenant(sample.fabrikam.tenantId), 'failed'],
  ])(
    'that meets a wrong tenant is gone if Azure names %s',
    async (_, status, challenge, outcome) => {
      const text = JSON.stringify({ error: { code: 'InvalidAuthenticationTokenTenant' } });
      const exchange: ArmPipeline = async ({ token }) =>
        token === undefined
          ? { status, header: () => challenge, text: '' }
          : { status: 401, header: () => undefined, text };

      const deleted = await adapter(ourApp, { exchange }).delete(tenantId, request(), options);

      expect(deleted.outcome).toBe(outcome);
    },
  );

  it.each([
    ['', 'listed'],
    [null, 'listed'],
    ['no link', 'failed'],
    ['https://elsewhere.example/next', 'failed'],
  ])('is listed up to the link %j', async (nextLink, outcome) => {
    const text = JSON.stringify({ value: [], nextLink });
    const exchange = async () => ({ status: 200, header: () => undefined, text });

    const listed = await adapter(ourApp, { exchange }).list(tenantId, sampleGroup);

    expect(listed.outcome).toBe(outcome);
  });

  it('that exists under another name is reported by code', async () => {
    const roles = adapter();
    await roles.create(tenantId, request(), options);

    const result = await roles.create(tenantId, request({ generation: 1 }), options);

    expect(result).toMatchObject({ outcome: 'exists' });
  });

  it('whose name is taken is reported by code', async () => {
    const roles = adapter();
    await roles.create(tenantId, request(), options);

    const other = { ...request(), roleId: roleIds.reader };

    expect(await roles.create(tenantId, other, options)).toMatchObject({ outcome: 'name_taken' });
  });

  it('whose name is taken is reported by code with any status', async () => {
    const roles = adapter();
    const body = { error: { code: 'RoleAssignmentUpdateNotPermitted', message: 'No.' } };
    fault({ status: 400, body, count: 1 });

    expect(await roles.create(tenantId, request(), options)).toMatchObject({
      outcome: 'name_taken',
    });
  });

  it.each(['ScopeLocked', 'ReadOnlyDisabledSubscription'])(
    'that %s keeps is reported as locked',
    async (code) => {
      const roles = adapter();
      await roles.create(tenantId, request(), options);
      fault({ status: 409, body: { error: { code, message: 'No.' } }, count: 1 });

      expect(await roles.delete(tenantId, request(), options)).toMatchObject({
        outcome: 'failed',
        problem: 'scope_locked',
        azureCode: code,
      });
    },
  );

  it.each<[string, () => Parameters<ArmRoleAssignments['create']>[1], string, string]>([
    [
      'of a role that we may not give',
      () => request({ roleId: roleIds.owner }),
      ourApp,
      'not_permitted',
    ],
    [
      'to an app',
      () => ({ ...request(), principalType: 'ServicePrincipal' as never }),
      ourApp,
      'not_permitted',
    ],
    ['without any right', request, stranger, 'not_permitted'],
    [
      'in an unknown subscription',
      () => request({ scope: sampleGroup.replace('0000000000f1', '0000000000aa') }),
      ourApp,
      'scope_not_found',
    ],
  ])('%s fails with its problem', async (_, wanted, caller, problem) => {
    const result = await adapter(caller).create(tenantId, wanted(), options);

    expect(result).toMatchObject({ outcome: 'failed', problem });
  });

  it('beyond the limit of the subscription is refused', async () => {
    fault({
      status: 400,
      body: { error: { code: 'RoleAssignmentLimitExceeded', message: 'No more.' } },
      count: 1,
    });

    const result = await adapter().create(tenantId, request(), options);

    expect(result).toMatchObject({
      outcome: 'failed',
      problem: 'limit_reached',
      azureCode: 'RoleAssignmentLimitExceeded',
    });
  });

  it('counts against the limit of its subscription', async () => {
    const { subscriptionId } = sample.contoso.subscription;
    const before = await adapter().count(tenantId, subscriptionId);
    await adapter().create(tenantId, request(), options);

    const after = await adapter().count(tenantId, subscriptionId);

    const counts = [before, after].map((each) => ('count' in each ? each.count : undefined));
    expect(counts).toEqual([counts[0], counts[0]! + 1]);
  });
});

describe('a call', () => {
  it('that is throttled names the wait, and the next ones wait', async () => {
    const roles = adapter();
    fault({ status: 429, retryAfterSeconds: 17, count: 1 });

    const first = await roles.create(tenantId, request(), options);
    const second = await roles.create(tenantId, request(), options);

    expect(first).toMatchObject({ outcome: 'failed', problem: 'throttled' });
    expect((first as { retryAfterMs: number }).retryAfterMs).toBeGreaterThanOrEqual(17_000);
    expect(second).toMatchObject({ outcome: 'failed', problem: 'throttled' });
  });

  it.each([
    ['an error', { status: 500, count: 1 }],
    ['a broken connection', { kind: 'reset', count: 1 }],
    ['a cut response', { kind: 'truncate', count: 1 }],
  ])('with %s fails, and its repetition succeeds once', async (_, changes) => {
    const roles = adapter();
    fault(changes);

    const first = await roles.create(tenantId, request(), options);
    const second = await roles.create(tenantId, request(), options);
    const listed = await roles.list(tenantId, sampleGroup, principalId);

    expect(first).toMatchObject({ outcome: 'failed', problem: 'unavailable' });
    expect(second).toMatchObject({ outcome: 'created' });
    expect(listed).toMatchObject({ assignments: [{}] });
  });

  it('waits for its turn, at two writes a second', async () => {
    const waits: number[] = [];
    const roles = adapter(ourApp, { capacity: 2, waits });
    const patient = { maxWaitMs: 5_000, urgent: true };

    for (let n = 0; n < 4; n++) await roles.delete(tenantId, request(), patient);

    expect(waits).toEqual([500, 500]);
  });

  it('of a grant leaves the last turns to revocations', async () => {
    const roles = adapter(ourApp, { capacity: 10 });
    for (let n = 0; n < 9; n++) await roles.delete(tenantId, request(), options);

    const grant = await roles.create(tenantId, request(), { maxWaitMs: 0, urgent: false });
    const revocation = await roles.delete(tenantId, request(), options);

    expect(grant).toMatchObject({ problem: 'throttled' });
    expect(revocation).toMatchObject({ outcome: 'deleted' });
  });
});
