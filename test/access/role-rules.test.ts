/** Changes of role rules, and reconciliation with what Azure lists. */
import { markerOf } from '../../functions/access/grants/assignment';
import { ruleSetContent } from '../../functions/access/rules/role-rule';
import { owner } from '../support/builders';
import {
  accessContext,
  aGroup,
  aRule,
  aUser,
  factory,
  memberOf,
  objectIdOf,
  roleIds,
} from './access-context';

async function team(count: number) {
  const context = accessContext();
  await context.change({ groups: [{ id: 'G1', after: aGroup('G1', 'ADF operators') }] });
  for (let n = 1; n <= count; n++) {
    await context.change({ users: context.users(aUser(n)) });
    await context.change({ members: [memberOf('G1', `U${n}`)] });
  }
  return context;
}

const content = (...rules: Parameters<typeof aRule>[0][]) =>
  ruleSetContent.parse({ rules: rules.map(aRule) });
const change = (
  rules: ReturnType<typeof content>,
  ifMatch: string,
  confirmRevocations = false,
) => ({ content: rules, reason: 'quarterly review', ifMatch: [ifMatch], confirmRevocations });

describe('a change of rules', () => {
  it('grants what it adds and revokes what it removes', async () => {
    const context = await team(3);
    const { roleRules, drains } = context.services;
    await roleRules.replace(context.key, owner, change(content({}), '"v0"'));
    await drains.settled();
    const first = context.azure.all().map(({ scope }) => scope);

    const moved = content({ scopes: [factory('adf-test')] });
    await roleRules.replace(context.key, owner, change(moved, '"v1"'));
    await drains.settled();
    await context.drain();

    expect(new Set(first)).toEqual(new Set([factory('adf-prod')]));
    expect(context.azure.all().map(({ scope }) => scope)).toEqual(
      Array.from({ length: 3 }, () => factory('adf-test')),
    );
  });

  it('is compared before it is made', async () => {
    const context = await team(3);
    await context.setRules([aRule()]);

    const comparison = await context.services.roleRules.compare(
      context.key,
      content({ scopes: [factory('adf-test')] }, { id: 'r', role: 'reader' }),
    );

    expect(comparison).toMatchObject({ unchanged: 0 });
    expect([comparison.added.count, comparison.removed.count]).toEqual([6, 3]);
    expect(comparison.removed.first[0]).toMatchObject({
      name: 'user1@contoso.example',
      role: 'operator',
    });
    expect(context.azure.all()).toHaveLength(3);
  });

  it('that revokes too much needs a confirmation', async () => {
    const context = await team(12);
    await context.setRules([aRule()]);
    const { roleRules } = context.services;
    const none = ruleSetContent.parse({ rules: [] });

    const refused = roleRules.replace(context.key, owner, change(none, '"v1"'));

    await expect(refused).rejects.toMatchObject({ code: 'mass_revocation' });
    await roleRules.replace(context.key, owner, change(none, '"v1"', true));
    await context.services.drains.settled();
    await context.drain();
    expect(context.azure.all()).toEqual([]);
  });

  it('keeps each version with author and reason', async () => {
    const context = await team(0);
    await context.setRules([aRule()]);
    await context.setRules([]);

    const { items } = await context.services.roleRules.listVersions(context.key, { limit: 10 });

    expect(items.map(({ version }) => version)).toEqual([2, 1]);
    expect(items[1]).toMatchObject({
      reason: 'a test',
      changedBy: { objectId: owner.objectId },
      rules: [{ id: 'operators' }],
    });
  });

  it('of an outdated version is refused', async () => {
    const context = await team(0);
    await context.setRules([aRule()]);

    const stale = context.services.roleRules.replace(
      context.key,
      owner,
      change(content({}), '"v0"'),
    );

    await expect(stale).rejects.toMatchObject({ code: 'role_rules_outdated' });
  });
});

describe('a reconciliation', () => {
  async function granted() {
    const context = await team(2);
    await context.setRules([aRule()]);
    context.wait(3_600);
    return context;
  }

  it('makes again what is missing at Azure', async () => {
    const context = await granted();
    context.azure.remove(context.azure.all()[0]!.name);

    const report = await context.reconcile();
    await context.drain();

    expect(report).toMatchObject({ missing: 1, unwanted: 0 });
    expect(context.azure.all()).toHaveLength(2);
  });

  it('deletes leftovers with our marker, and reports foreign ones', async () => {
    const context = await granted();
    const assignment = (n: number, description?: string) => ({
      name: `11111111-0000-4000-8000-00000000000${n}`,
      scope: factory('adf-prod'),
      roleId: roleIds.operator,
      principalId: objectIdOf(90 + n),
      ...(description !== undefined && { description }),
    });
    context.azure.add(assignment(1, `x [${markerOf('scim-1')}]`));
    context.azure.add(assignment(2));
    context.azure.add(assignment(3, `x [${markerOf('another-deployment')}]`));

    const report = await context.reconcile();

    expect(report).toMatchObject({
      unwanted: 1,
      foreignCount: 2,
      foreign: [{ principalId: objectIdOf(92), role: 'operator' }, {}],
    });
    expect(context.azure.all().map(({ name }) => name.slice(-1))).toEqual(
      expect.arrayContaining(['2', '3']) as string[],
    );
    expect(context.azure.all()).toHaveLength(4);
  });

  it('deletes no leftovers if they are many, until an Owner confirms it', async () => {
    const context = await granted();
    for (let n = 10; n < 21; n++)
      context.azure.add({
        name: `11111111-0000-4000-8000-0000000000${n}`,
        scope: factory('adf-prod'),
        roleId: roleIds.operator,
        principalId: objectIdOf(n),
        description: `x [${markerOf('scim-1')}]`,
      });

    const report = await context.reconcile();
    const held = context.azure.all().length;
    context.wait(12 * 3_600);
    await context.services.breaker.confirm(context.key, { objectId: 'o', displayName: 'Ada' });
    const confirmed = await context.reconcile();

    expect(report).toMatchObject({ unwanted: 0, foreignCount: 11, heldLeftovers: 11 });
    expect(held).toBe(13);
    expect(confirmed).toMatchObject({ unwanted: 11, foreignCount: 0 });
    expect(confirmed).not.toHaveProperty('heldLeftovers');
    expect(context.azure.all()).toHaveLength(2);
  });

  it('keeps what a row has, also if its claim is lost', async () => {
    const context = await granted();
    jest.spyOn(context.claimStore, 'listNames').mockResolvedValue(new Set());

    const report = await context.reconcile();

    expect(report).toMatchObject({ missing: 0, unwanted: 0, foreignCount: 0 });
    expect(context.azure.all()).toHaveLength(2);
  });

  it('keeps what a row of another connection has', async () => {
    const context = await granted();
    const other = { ...context.key, connectionId: 'scim-2' };
    context.connections.set('scim-2', { id: 'scim-2' });
    await context.setRules([aRule()], other);
    jest.spyOn(context.claimStore, 'listNames').mockResolvedValue(new Set());

    const report = await context.reconcile(other);

    expect(report).toMatchObject({ unwanted: 0, foreignCount: 0 });
    expect(context.azure.all()).toHaveLength(2);
  });

  it('changes nothing after a list that failed', async () => {
    const context = await granted();
    context.azure.add({
      name: '11111111-0000-4000-8000-000000000001',
      scope: factory('adf-prod'),
      roleId: roleIds.operator,
      principalId: objectIdOf(99),
      description: `x [${markerOf('scim-1')}]`,
    });
    context.azure.failLists({ outcome: 'failed', problem: 'unavailable' });

    const report = await context.reconcile();

    expect(report).toMatchObject({
      missing: 0,
      unwanted: 0,
      failedScopes: [{ scope: factory('adf-prod'), problem: 'unavailable' }],
    });
    expect(context.azure.all()).toHaveLength(3);
  });

  it('takes over when a manual assignment is gone', async () => {
    const context = accessContext();
    const manual = {
      name: '11111111-0000-4000-8000-000000000001',
      scope: factory('adf-prod'),
      roleId: roleIds.operator,
      principalId: objectIdOf(1),
    };
    context.azure.add(manual);
    await context.setRules([aRule()]);
    await context.change({ groups: [{ id: 'G1', after: aGroup('G1', 'ADF operators') }] });
    await context.change({ users: context.users(aUser(1)) });
    await context.change({ members: [memberOf('G1', 'U1')] });
    context.azure.remove(manual.name);

    await context.reconcile();
    await context.drain();

    expect(context.assignmentStore.all(context.key)).toMatchObject([{ state: 'assigned' }]);
    expect(context.azure.all()).toHaveLength(1);
  });

  it('repairs what a lost intent left behind', async () => {
    const context = await granted();
    const [before] = [await context.directory.get(context.key, 'User', 'U1')];
    await context.store({
      users: [{ id: 'U1', before: before!, after: aUser(1, { active: false }) }],
    });
    for (const intent of await context.intentStore.get(context.key, { kind: 'user', id: 'U1' }))
      await context.intentStore.delete(context.key, intent);

    await context.reconcile();
    await context.drain();

    expect(context.azure.all()).toMatchObject([{ principalId: objectIdOf(2) }]);
  });
});
