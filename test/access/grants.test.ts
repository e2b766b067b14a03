/** Grants and revocations through the services, on an Azure in memory. */
import { markerOf } from '../../functions/access/grants/assignment';
import type { FailedCall } from '../../functions/access/ports';
import { unavailable } from '../fakes/role-assignments';
import {
  accessContext,
  aGroup,
  aRule,
  aUser,
  factory,
  memberOf,
  objectIdOf,
  resourceGroup,
  roleIds,
} from './access-context';

const group = aGroup('G1', 'ADF operators');
const both = aRule({ scopes: [factory('adf-prod'), factory('adf-test')] });

/** Users 1 to `count` are members of a group whose rule gives Operator on two factories. */
async function team(count: number, options: Parameters<typeof accessContext>[0] = {}) {
  const context = accessContext(options);
  await context.setRules([both]);
  await context.change({ groups: [{ id: 'G1', after: group }] });
  for (let n = 1; n <= count; n++) {
    await context.change({ users: context.users(aUser(n)) });
    await context.change({ members: [memberOf('G1', `U${n}`)] });
  }
  await context.drain();
  return context;
}

const deactivated = (n: number) => ({
  id: `U${n}`,
  before: aUser(n),
  after: aUser(n, { active: false }),
});
const principals = ({ azure }: ReturnType<typeof accessContext>) =>
  azure.all().map(({ principalId }) => principalId);

describe('a member of a group', () => {
  it('gets the role on each scope, once', async () => {
    const context = await team(2);

    expect(context.azure.all()).toHaveLength(4);
    expect(context.azure.all()[0]).toMatchObject({
      principalId: objectIdOf(1),
      principalType: 'User',
      roleId: roleIds.operator,
      description: expect.stringContaining(markerOf('scim-1')) as string,
    });
    expect(context.intentStore.all(context.key)).toEqual([]);
  });

  it('loses every role before the deactivation is answered', async () => {
    const context = await team(2);

    await context.change({ users: [deactivated(1)] });

    expect(principals(context)).toEqual([objectIdOf(2), objectIdOf(2)]);
    const revoked = context.audited().filter(({ action }) => action === 'grant.revoked');
    expect(revoked).toHaveLength(2);
    expect(revoked[0]).toMatchObject({ resource: { type: 'User', id: 'U1' } });
  });

  it('is recorded in order when another instance with an earlier clock revokes', async () => {
    const context = await team(1);
    const change = { users: [deactivated(1)], groups: [], members: [] };

    await context.store(change);
    context.wait(-2);
    await context.services.access.afterChange({ key: context.key, ...change });

    const records = context.audited();
    const of = (name: string) => records.filter(({ action }) => action === name);
    const [assigned, revoked] = [of('grant.assigned'), of('grant.revoked')];
    expect([assigned.length, revoked.length]).toEqual([2, 2]);
    for (const { at, data } of revoked) {
      expect(at > assigned[1]!.at).toBe(true);
      expect(data?.['durationMs']).toBeGreaterThanOrEqual(0);
    }
  });

  it('gets the roles back with a reactivation, without new memberships', async () => {
    const context = await team(1);
    await context.change({ users: [deactivated(1)] });

    await context.change({
      users: [{ id: 'U1', before: aUser(1, { active: false }), after: aUser(1) }],
    });

    expect(context.azure.all()).toHaveLength(2);
  });

  it('loses the roles with the membership or the user', async () => {
    const context = await team(3);

    await context.change({ members: [memberOf('G1', 'U1', 'removed')] });
    await context.change({ users: [{ id: 'U2', before: aUser(2) }] });

    expect(new Set(principals(context))).toEqual(new Set([objectIdOf(3)]));
  });

  it('keeps a role that another group gives, too', async () => {
    const context = await team(1);
    await context.setRules([both, aRule({ id: 'all', match: { kind: 'group_id', value: 'G2' } })]);
    await context.change({ groups: [{ id: 'G2', after: aGroup('G2', 'All') }] });
    await context.change({ members: [memberOf('G2', 'U1')] });

    await context.change({ members: [memberOf('G1', 'U1', 'removed')] });

    expect(context.azure.all().map(({ scope }) => scope)).toEqual([factory('adf-prod')]);
  });

  it('is moved to another principal, never silently', async () => {
    const context = await team(1);

    await context.change({
      users: [{ id: 'U1', before: aUser(1), after: aUser(1, { externalId: objectIdOf(9) }) }],
    });
    await context.drain();

    expect(principals(context)).toEqual([objectIdOf(9), objectIdOf(9)]);
    const actions = context.audited().map(({ action }) => action);
    expect(actions.filter((action) => action === 'grant.revoked')).toHaveLength(2);
  });
});

describe('nested groups', () => {
  it('give the roles of the outer group, also in a cycle', async () => {
    const context = accessContext();
    await context.setRules([aRule()]);
    await context.change({ groups: [{ id: 'G1', after: group }] });
    await context.change({ groups: [{ id: 'G2', after: aGroup('G2', 'Team') }] });
    await context.change({ users: context.users(aUser(1)) });
    await context.change({ members: [memberOf('G2', 'U1')] });

    await context.change({ members: [memberOf('G1', 'G2', 'added', 'Group')] });
    await context.change({ members: [memberOf('G2', 'G1', 'added', 'Group')] });
    await context.drain();

    expect(principals(context)).toEqual([objectIdOf(1)]);
  });

  it('take the roles away when the inner group leaves or is renamed', async () => {
    const context = accessContext();
    await context.setRules([aRule()]);
    await context.change({ groups: [{ id: 'G1', after: group }] });
    await context.change({ users: context.users(aUser(1)) });
    await context.change({ members: [memberOf('G1', 'U1')] });
    const before = principals(context);

    await context.change({
      groups: [{ id: 'G1', before: group, after: aGroup('G1', 'Other') }],
    });
    await context.drain();

    expect([before.length, principals(context).length]).toEqual([1, 0]);
  });
});

describe('a nested group that leaves', () => {
  async function nested() {
    const context = accessContext();
    await context.setRules([aRule()]);
    const inner = aGroup('G2', 'Team');
    await context.change({ groups: [{ id: 'G1', after: group }] });
    await context.change({ groups: [{ id: 'G2', after: inner }] });
    await context.change({ users: context.users(aUser(1), aUser(2)) });
    await context.change({ members: [memberOf('G2', 'U1'), memberOf('G2', 'U2')] });
    await context.change({ members: [memberOf('G1', 'G2', 'added', 'Group')] });
    await context.drain();
    // Another instance drains, so that only the attempt before the response is seen.
    const later = new Date(context.now().getTime() + 3_600_000);
    await context.leases.take(context.key, 'drain', context.now(), later);
    return context;
  }

  const changes = [
    ['from the outer group', { members: [memberOf('G1', 'G2', 'removed', 'Group')] }],
    [
      'when the outer group is renamed',
      { groups: [{ id: 'G1', before: group, after: aGroup('G1', 'Other') }] },
    ],
  ] as const;

  it.each(changes)('takes the roles of its users before the response %s', async (_, change) => {
    const context = await nested();
    const before = principals(context);

    await context.change(change);

    expect([before.length, principals(context).length]).toEqual([2, 0]);
  });

  it('leaves the rest to a worker when three seconds are over', async () => {
    const context = await nested();
    const listMembers = context.directory.listMembers.bind(context.directory);
    context.directory.listMembers = async (...request) => {
      context.wait(4);
      return listMembers(...request);
    };

    await context.change(changes[0][1]);
    const early = principals(context).length;
    context.wait(3_600);
    await context.drain();

    expect([early, principals(context).length]).toEqual([2, 0]);
  });
});

describe('group principals', () => {
  it('get the role once, by the external id of the group', async () => {
    const context = accessContext();
    await context.setRules([aRule({ principalMode: 'group' })]);
    const entraGroup = {
      ...group,
      attributes: { ...group.attributes, externalId: objectIdOf(77) },
    };

    await context.change({ groups: [{ id: 'G1', after: entraGroup }] });
    const made = context.azure.all();
    await context.change({ groups: [{ id: 'G1', before: entraGroup }] });
    await context.drain();

    expect(made).toMatchObject([{ principalId: objectIdOf(77), principalType: 'Group' }]);
    expect(context.azure.all()).toEqual([]);
  });
});

describe('a crash', () => {
  it('after the transaction loses nothing: the timer does the work', async () => {
    const context = await team(1);

    await context.store({ users: [deactivated(1)] });
    const before = context.azure.all().length;
    await context.drain();

    expect([before, context.azure.all().length]).toEqual([2, 0]);
  });

  it('of a worker delays its subject until the lease ends', async () => {
    const context = await team(1);
    context.azure.fail(() => {
      throw new Error('The process ends here.');
    });
    await context.change({ users: [deactivated(1)] });
    context.azure.fail(() => undefined);

    context.wait(120);
    await context.drain();

    expect(context.azure.all()).toEqual([]);
  });
});

describe('a worker that is busy with the person', () => {
  it('is waited for by the deactivation', async () => {
    const context = await team(1);
    const until = new Date(context.now().getTime() + 1_000);
    await context.leases.take(context.key, 'user-U1', context.now(), until);

    await context.change({ users: [deactivated(1)] });

    expect(context.azure.all()).toEqual([]);
  });
});

describe('failing calls', () => {
  it('with lost answers double nothing', async () => {
    const context = accessContext();
    await context.setRules([both]);
    await context.change({ groups: [{ id: 'G1', after: group }] });
    let calls = 0;
    context.azure.fail(() => (calls++ % 2 === 0 ? 'lost' : undefined));

    await context.change({ users: context.users(aUser(1)) });
    await context.change({ members: [memberOf('G1', 'U1')] });
    for (let n = 0; n < 5; n++) {
      context.wait(900);
      await context.drain();
    }

    expect(context.azure.all()).toHaveLength(2);
    expect(context.assignmentStore.all(context.key)).toMatchObject([
      { state: 'assigned' },
      { state: 'assigned' },
    ]);
  });

  it('are repeated after the pause that Azure asks for', async () => {
    const context = await team(1);
    const throttled: FailedCall = { outcome: 'failed', problem: 'throttled', retryAfterMs: 60_000 };
    context.azure.fail(() => throttled);
    await context.change({ users: [deactivated(1)] });
    const callsBefore = context.azure.calls().length;
    context.azure.fail(() => undefined);

    context.wait(50);
    await context.drain();
    const early = context.azure.calls().length - callsBefore;
    context.wait(15);
    await context.drain();

    expect([early, context.azure.all().length]).toEqual([0, 0]);
  });

  it('of one scope do not stop the others', async () => {
    const context = await team(1);
    context.azure.fail((call) => (call.includes('adf-prod') ? unavailable : undefined));

    await context.change({ users: [deactivated(1)] });

    expect(context.azure.all().map(({ scope }) => scope)).toEqual([factory('adf-prod')]);
  });

  it('of grants are shown with their problem', async () => {
    const context = accessContext();
    await context.setRules([aRule()]);
    await context.change({ groups: [{ id: 'G1', after: group }] });
    context.azure.fail(() => ({
      outcome: 'failed',
      problem: 'limit_reached',
      azureCode: 'RoleAssignmentLimitExceeded',
    }));

    await context.change({ users: context.users(aUser(1)) });
    await context.change({ members: [memberOf('G1', 'U1')] });

    expect(context.assignmentStore.all(context.key)).toMatchObject([
      { state: 'failed', problem: 'limit_reached' },
    ]);
    expect(context.audited()).toContainEqual(
      expect.objectContaining({ action: 'grant.failed', outcome: 'failed' }),
    );
  });

  it('ask for another look after a crash, and for their next attempt', async () => {
    const context = accessContext();
    await context.setRules([aRule()]);
    await context.change({ groups: [{ id: 'G1', after: group }] });
    await context.change({ users: context.users(aUser(1)) });
    context.azure.fail(() => ({ outcome: 'failed', problem: 'throttled', retryAfterMs: 30_000 }));
    const before = context.workRequests.requested.length;

    await context.change({ members: [memberOf('G1', 'U1')] });

    const asked = context.workRequests.requested.slice(before);
    expect(asked.map(({ task }) => task)).toEqual(asked.map(() => 'applyRoleRules'));
    expect(asked.map(({ delaySeconds }) => delaySeconds)).toContain(30);
  });

  it('at random converge for all, and touch no foreign assignment', async () => {
    const context = await team(0);
    const foreign = {
      name: 'f',
      scope: factory('adf-prod'),
      roleId: roleIds.operator,
      principalId: objectIdOf(500),
    };
    context.azure.add(foreign);
    let seed = 7;
    context.azure.fail(() => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      const draw = seed / 2_147_483_648;
      return draw < 0.15 ? unavailable : draw < 0.3 ? 'lost' : undefined;
    });

    for (let n = 1; n <= 20; n++) {
      await context.change({ users: context.users(aUser(n)) });
      await context.change({ members: [memberOf('G1', `U${n}`)] });
    }
    for (let n = 1; n <= 10; n++) await context.change({ users: [deactivated(n)] });
    for (let n = 0; n < 30; n++) {
      context.wait(1_000);
      await context.drain();
    }

    expect(context.azure.all()).toHaveLength(21);
    expect(context.azure.all()).toContainEqual(foreign);
    expect(context.intentStore.all(context.key)).toEqual([]);
  });
});

describe('an assignment that exists already', () => {
  const existing = (description?: string) => ({
    name: '11111111-0000-4000-8000-000000000001',
    scope: factory('adf-prod'),
    roleId: roleIds.operator,
    principalId: objectIdOf(1),
    ...(description !== undefined && { description }),
  });

  async function meeting(description?: string) {
    const context = accessContext();
    await context.setRules([aRule()]);
    await context.change({ groups: [{ id: 'G1', after: group }] });
    context.azure.add(existing(description));
    await context.change({ users: context.users(aUser(1)) });
    await context.change({ members: [memberOf('G1', 'U1')] });
    return context;
  }

  it('by hand is shown as manual and never deleted', async () => {
    const context = await meeting('by Ada');
    const [row] = context.assignmentStore.all(context.key);

    await context.change({ users: [deactivated(1)] });

    expect(row).toMatchObject({ state: 'manual' });
    expect(context.azure.all()).toEqual([existing('by Ada')]);
    expect(context.assignmentStore.all(context.key)).toEqual([]);
  });

  it('with our marker is adopted and later deleted', async () => {
    const context = await meeting(`x [${markerOf('scim-1')}]`);
    const [row] = context.assignmentStore.all(context.key);

    await context.change({ users: [deactivated(1)] });

    expect(row).toMatchObject({ state: 'assigned', adopted: true, name: existing().name });
    expect(context.azure.all()).toEqual([]);
  });

  it('with the marker of an unknown connection is manual', async () => {
    const context = await meeting(`x [${markerOf('elsewhere')}]`);

    expect(context.assignmentStore.all(context.key)).toMatchObject([{ state: 'manual' }]);
  });

  it('under our name gets a name of the next generation beside it', async () => {
    const context = accessContext();
    await context.setRules([aRule()]);
    await context.change({ groups: [{ id: 'G1', after: group }] });
    await context.change({ users: context.users(aUser(1)) });
    await context.change({ members: [memberOf('G1', 'U1')] });
    const name = context.azure.all()[0]!.name;
    await context.change({ users: [deactivated(1)] });
    context.azure.add({ ...existing(), name, scope: resourceGroup });

    await context.change({
      users: [{ id: 'U1', before: aUser(1, { active: false }), after: aUser(1) }],
    });

    expect(context.assignmentStore.all(context.key)).toMatchObject([
      { generation: 1, state: 'assigned' },
    ]);
    expect(context.azure.all()).toHaveLength(2);
  });
});

describe('two connections of a tenant', () => {
  it('share an assignment, which goes with the last of them', async () => {
    const context = await team(1);
    const other = { ...context.key, connectionId: 'scim-2' };
    context.connections.set('scim-2', { id: 'scim-2' });
    await context.setRules([both], other);
    await context.change({ groups: [{ id: 'G1', after: group }] }, other);
    await context.change({ users: context.users(aUser(1)) }, other);
    await context.change({ members: [memberOf('G1', 'U1')] }, other);

    await context.change({ users: [deactivated(1)] });
    const shared = context.azure.all().length;
    await context.change({ users: [deactivated(1)] }, other);

    expect([shared, context.azure.all().length]).toEqual([2, 0]);
  });

  it('are released one at a time', async () => {
    const context = await team(3);
    context.connections.set('scim-1', { id: 'scim-1', deletingSince: '2026-01-01' });

    const released = await context.services.access.release(context.key);

    expect(released).toBe(true);
    expect(context.azure.all()).toEqual([]);
  });
});

describe('a connection that is deleted', () => {
  it('is not released while a worker may still grant', async () => {
    const context = await team(1);
    const deletingSince = context.now().toISOString();
    context.connections.set('scim-1', { id: 'scim-1', deletingSince });

    const atOnce = await context.services.access.release(context.key);
    const left = context.azure.all().length;
    context.wait(60);
    const later = await context.services.access.release(context.key);

    expect([atOnce, left, later]).toEqual([false, 0, true]);
  });
});

describe('revocations', () => {
  it('go before grants that were due earlier', async () => {
    const context = await team(2);
    for (let n = 10; n < 40; n++) {
      await context.store({ users: context.users(aUser(n)) });
      await context.store({ members: [memberOf('G1', `U${n}`)] });
    }
    await context.store({ users: [deactivated(1)] });
    const before = context.azure.calls().length;

    await context.drain();

    const [first, second] = context.azure.calls().slice(before);
    expect([first, second].map((call) => call?.split(' ')[0])).toEqual(['delete', 'delete']);
  });
});

describe('a mass revocation by memberships', () => {
  const removed = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, n) => memberOf('G1', `U${from + n}`, 'removed'));

  it('waits for a confirmation, and leavers do not', async () => {
    const context = await team(20, { breaker: { count: 4, share: 0.1 } });

    await context.change({ members: removed(1, 15) });
    const atOnce = 40 - context.azure.all().length;
    await context.change({ users: [deactivated(16)] });
    const afterLeaver = 40 - context.azure.all().length;
    await context.services.breaker.confirm(context.key, { objectId: 'o', displayName: 'Ada' });
    await context.drain();

    expect(atOnce).toBeLessThanOrEqual(4);
    expect(afterLeaver).toBe(atOnce + 2);
    expect(context.azure.all()).toHaveLength(8);
    expect(context.audited().map(({ action }) => action)).toEqual(
      expect.arrayContaining(['revocations.held', 'revocations.confirmed']) as string[],
    );
  });

  it('is forgotten when the members come back', async () => {
    const context = await team(20, { breaker: { count: 4, share: 0.1 } });
    await context.change({ members: removed(1, 15) });

    await context.change({
      members: Array.from({ length: 15 }, (_, n) => memberOf('G1', `U${n + 1}`)),
    });
    await context.drain();

    expect(context.azure.all()).toHaveLength(40);
  });
});
