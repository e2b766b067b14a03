/** What the guard against mass revocations counts, and what must not go around it. */
import { newIntent } from '../../functions/access/intents/intent';
import { ruleSetContent } from '../../functions/access/rules/role-rule';
import { unavailable } from '../fakes/role-assignments';
import { owner } from '../support/builders';
import {
  accessContext,
  aGroup,
  aRule,
  aUser,
  factory,
  memberOf,
  objectIdOf,
} from './access-context';

const group = aGroup('G1', 'ADF operators');

/** Users 1 to `count` hold one role by the group. */
async function team(count: number, breaker: { readonly count: number; readonly share: number }) {
  const context = accessContext({ breaker });
  await context.setRules([aRule()]);
  await context.change({ groups: [{ id: 'G1', after: group }] });
  for (let n = 1; n <= count; n++) {
    await context.change({ users: context.users(aUser(n)) });
    await context.change({ members: [memberOf('G1', `U${n}`)] });
  }
  await context.drain();
  return context;
}

const removed = (count: number) =>
  Array.from({ length: count }, (_, n) => memberOf('G1', `U${n + 1}`, 'removed'));

type Context = Awaited<ReturnType<typeof team>>;
const holders = ({ azure }: Context) => azure.all().length;

async function drainFor(context: Context, minutes: number): Promise<void> {
  for (let n = 0; n < minutes; n++) {
    context.wait(60);
    await context.drain();
  }
}

describe('a revocation that Azure refuses for some time', () => {
  it('counts once, however often it is repeated', async () => {
    const context = await team(10, { count: 4, share: 0.1 });
    context.azure.fail((call) => (call.startsWith('delete') ? unavailable : undefined));
    await context.change({ members: removed(3) });
    await drainFor(context, 10);
    context.azure.fail(() => undefined);

    await drainFor(context, 10);

    expect(holders(context)).toBe(7);
    expect(context.audited().map(({ action }) => action)).not.toContain('revocations.held');
  });
});

describe('revocations below a group that Entra does not know', () => {
  it('count once, and are looked for once', async () => {
    const context = await team(4, { count: 4, share: 0.1 });
    const match = { kind: 'group_name_glob', value: 'ADF *' } as const;
    const teams = aRule({
      id: 'teams',
      match,
      principalMode: 'group',
      scopes: [factory('adf-test')],
    });
    await context.setRules([aRule(), teams]);
    await drainFor(context, 2);
    context.azure.fail((call) =>
      call.startsWith('delete') ? { outcome: 'failed', problem: 'scope_locked' } : undefined,
    );
    await context.change({
      groups: [{ id: 'G1', before: group, after: aGroup('G1', 'ADF team') }],
    });
    const reads = jest.spyOn(context.directory, 'listMembers');

    await drainFor(context, 60);
    const before = holders(context);
    context.azure.fail(() => undefined);
    await drainFor(context, 20);

    expect(context.audited().map(({ action }) => action)).not.toContain('revocations.held');
    expect([before, holders(context)]).toEqual([4, 0]);
    expect(reads).not.toHaveBeenCalled();
  });
});

describe('a mass revocation', () => {
  const limits = { count: 4, share: 0.1 };
  const heldActions = (context: Context) =>
    context.audited().filter(({ action }) => action === 'revocations.held');

  it('is held if many users lose the attribute of their rule', async () => {
    const context = accessContext({ breaker: limits });
    await context.setRules([aRule({ match: { kind: 'user_role', value: 'etl' } })]);
    const roles = [{ value: 'etl' }];
    for (let n = 1; n <= 10; n++)
      await context.change({ users: context.users(aUser(n, { roles })) });
    await context.drain();
    const before = holders(context);

    for (let n = 1; n <= 10; n++)
      await context.change({
        users: [{ id: `U${n}`, before: aUser(n, { roles }), after: aUser(n) }],
      });

    expect([before, holders(context)]).toEqual([10, 6]);
    expect(heldActions(context)).toHaveLength(1);
  });

  it('is held if many groups that have a role are deleted', async () => {
    const context = accessContext({ breaker: limits });
    const match = { kind: 'group_name_glob', value: 'ADF *' } as const;
    await context.setRules([aRule({ match, principalMode: 'group' })]);
    const groupOf = (n: number) => ({
      ...aGroup(`G${n}`, `ADF ${n}`),
      attributes: { displayName: `ADF ${n}`, externalId: objectIdOf(n) },
    });
    for (let n = 1; n <= 10; n++)
      await context.change({ groups: [{ id: `G${n}`, after: groupOf(n) }] });
    await context.drain();
    const before = holders(context);

    for (let n = 1; n <= 10; n++)
      await context.change({ groups: [{ id: `G${n}`, before: groupOf(n) }] });
    const held = holders(context);
    await context.services.breaker.confirm(context.key, { objectId: 'o', displayName: 'Ada' });
    await drainFor(context, 2);

    expect([before, held, holders(context)]).toEqual([10, 6, 0]);
  });

  describe.each(['no object', 'other objects'])('by names that belong to %s', (whom) => {
    /** All thirty users get another name, as after a change of the mapping. */
    async function renamed(outcome?: 'unavailable') {
      const context = await team(30, limits);
      for (let n = 1; n <= 30; n++) {
        const after = aUser(n, { externalId: `nick${n}`, userName: `nick${n}` });
        const found = { outcome: 'found', objectId: objectIdOf(n + 100) } as const;
        const later = whom === 'no object' ? ({ outcome: 'missing' } as const) : found;
        context.graph.set(`user nick${n}`, outcome ? { outcome } : later);
        await context.change({ users: [{ id: `U${n}`, before: aUser(n), after }] });
        context.graph.set(`user nick${n}`, later);
      }
      await drainFor(context, 2);
      return context;
    }
    const isOld = ({ principalId }: { readonly principalId: string }) =>
      principalId < objectIdOf(31);
    const counts = ({ azure }: Context) => {
      const old = azure.all().filter(isOld).length;
      return { old, new: azure.all().length - old };
    };

    it('is held, and gives nothing to others', async () => {
      const context = await renamed();

      expect(counts(context)).toEqual({ old: 26, new: whom === 'no object' ? 0 : 4 });
      expect(heldActions(context)).toHaveLength(1);
    });

    it('is held also if Entra did not answer at first', async () => {
      expect(counts(await renamed('unavailable'))).toMatchObject({ old: 26 });
    });

    it('is made when an Owner confirms it', async () => {
      const context = await renamed();

      await context.services.breaker.confirm(context.key, { objectId: 'o', displayName: 'Ada' });
      await drainFor(context, 2);

      expect(counts(context)).toEqual({ old: 0, new: whom === 'no object' ? 0 : 30 });
    });
  });

  describe('by other names, together with revocations that Azure refuses', () => {
    const rules = [aRule(), aRule({ id: 'testers', scopes: [factory('adf-test')] })] as const;
    const nick = (n: number) => aUser(n, { externalId: `nick${n}`, userName: `nick${n}` });
    const rename = async (context: Context, count: number, outcome?: 'unavailable') => {
      for (let n = 1; n <= count; n++) {
        context.graph.set(
          `user nick${n}`,
          outcome ? { outcome } : { outcome: 'found', objectId: objectIdOf(n + 100) },
        );
        await context.change({ users: [{ id: `U${n}`, before: aUser(n), after: nick(n) }] });
      }
    };
    const refuseTests = (context: Context) =>
      context.azure.fail((call) =>
        call.startsWith('delete') && call.includes('adf-test') ? unavailable : undefined,
      );
    const left = (context: Context) =>
      context.azure
        .all()
        .filter(({ scope, principalId }) => scope === factory('adf-prod') && isOld({ principalId }))
        .length;
    const isOld = ({ principalId }: { readonly principalId: string }) =>
      principalId < objectIdOf(31);

    it('is held although the others were not counted', async () => {
      const context = await team(30, limits);
      await context.setRules(rules);
      await drainFor(context, 2);
      await rename(context, 30, 'unavailable');
      refuseTests(context);
      await context.setRules(rules.slice(0, 1));
      await context.drain();
      context.azure.fail(() => undefined);
      for (let n = 1; n <= 30; n++)
        context.graph.set(`user nick${n}`, { outcome: 'found', objectId: objectIdOf(n + 100) });

      await drainFor(context, 15);

      expect(left(context)).toBe(26);
      expect(heldActions(context)).toHaveLength(1);
    });

    it('is held although the others were admitted', async () => {
      const context = await team(1, { count: 1, share: 0 });
      await context.setRules(rules);
      await drainFor(context, 20);
      refuseTests(context);
      await context.setRules(rules.slice(0, 1));

      await rename(context, 1);
      const [intent] = context.intentStore.all(context.key);
      await drainFor(context, 10);

      expect(intent).toMatchObject({ problem: 'held' });
      expect(left(context)).toBe(1);
    });
  });

  it('is held although rules wait for a group that Entra lacks', async () => {
    const context = await team(10, limits);
    const match = { kind: 'group_name_glob', value: 'ADF *' } as const;
    const teams = { id: 'teams', match, principalMode: 'group' } as const;
    await context.setRules([aRule(), aRule({ ...teams, scopes: [factory('adf-test')] })]);
    await drainFor(context, 2);

    await context.change({
      groups: [{ id: 'G1', before: group, after: aGroup('G1', 'ADF team') }],
    });
    await drainFor(context, 2);

    expect(holders(context)).toBe(6);
    expect(heldActions(context)).toHaveLength(1);
  });

  it('is held if groups that have a role take long to read', async () => {
    const context = accessContext({ breaker: limits });
    const match = { kind: 'group_name_glob', value: 'ADF *' } as const;
    await context.setRules([aRule({ match, principalMode: 'group' })]);
    const groupOf = (n: number, displayName: string) => ({
      ...aGroup(`G${n}`, displayName),
      attributes: { displayName, externalId: objectIdOf(n) },
    });
    await context.change({ users: context.users(aUser(99)) });
    for (let n = 1; n <= 10; n++) {
      await context.change({ groups: [{ id: `G${n}`, after: groupOf(n, `ADF ${n}`) }] });
      await context.change({ members: [memberOf(`G${n}`, 'U99')] });
    }
    await context.drain();
    const listMembers = context.directory.listMembers.bind(context.directory);
    jest.spyOn(context.directory, 'listMembers').mockImplementation((...args) => {
      context.wait(4);
      return listMembers(...args);
    });

    for (let n = 1; n <= 10; n++) {
      context.wait(20);
      const before = groupOf(n, `ADF ${n}`);
      await context.change({ groups: [{ id: `G${n}`, before, after: groupOf(n, `X ${n}`) }] });
    }
    await drainFor(context, 2);

    expect(holders(context)).toBe(6);
  });

  it('is held if the directory is damaged', async () => {
    const context = await team(10, limits);
    const users = Array.from({ length: 10 }, (_, n) => ({ id: `U${n + 1}`, before: aUser(n + 1) }));
    context.directory.apply({ key: context.key, users, groups: [], members: removed(10) });

    await context.services.access.reconcileAll();
    await drainFor(context, 10);

    expect(holders(context)).toBe(6);
    expect(heldActions(context)).toHaveLength(1);
  });

  it('is held if rules change while the directory is damaged', async () => {
    const context = await team(10, limits);
    const users = Array.from({ length: 10 }, (_, n) => ({ id: `U${n + 1}`, before: aUser(n + 1) }));
    context.directory.apply({ key: context.key, users, groups: [], members: removed(10) });

    await context.setRules([aRule({ description: 'Operators of production' })]);
    await drainFor(context, 10);

    expect(holders(context)).toBe(6);
  });

  it('is made if several changes of rules cause it together', async () => {
    const context = await team(10, limits);
    const replace = context.services.roleRules.replace.bind(context.services.roleRules);
    const scope = aRule().scopes[0]!;
    jest.spyOn(context.services.drains, 'startDrain').mockReturnValue();
    for (const name of ['Sales', 'Marketing', 'Others'])
      await replace(context.key, owner, {
        content: ruleSetContent.parse({
          rules: [aRule({ match: { kind: 'group_name', value: name }, scopes: [scope] })],
        }),
        reason: 'a test',
        ifMatch: '*',
        confirmRevocations: true,
      });

    await drainFor(context, 2);

    expect(holders(context)).toBe(0);
  });

  it('is not a few removals after an import', async () => {
    const context = await team(5, { count: 2, share: 0.2 });
    await context.change({ members: removed(1) });
    for (let n = 6; n <= 60; n++) {
      await context.change({ users: context.users(aUser(n)) });
      await context.change({ members: [memberOf('G1', `U${n}`)] });
    }

    await context.change({ members: removed(9).slice(1) });
    const few = [holders(context), heldActions(context).length];
    await context.change({ members: removed(30).slice(9) });
    await drainFor(context, 2);

    expect(few).toEqual([51, 0]);
    expect(holders(context)).toBeGreaterThan(45);
    expect(heldActions(context)).toHaveLength(1);
  });

  it('of persons who leave is never held', async () => {
    const context = await team(10, limits);

    for (let n = 1; n <= 9; n++) {
      const user = { id: `U${n}`, before: aUser(n), after: aUser(n, { active: false }) };
      await context.change({ users: [user], members: [memberOf('G1', `U${n}`, 'removed')] });
    }

    expect(holders(context)).toBe(1);
    expect(heldActions(context)).toEqual([]);
  });

  it('does not hold a user who is deleted during a reconciliation', async () => {
    const context = await team(10, limits);
    await context.change({ members: removed(8) });
    const before = holders(context);
    await context.store({
      users: [{ id: 'U10', before: aUser(10) }],
      members: [memberOf('G1', 'U10', 'removed')],
    });
    await context.intentStore.put(context.key, [
      newIntent('revoke', { kind: 'user', id: 'U10' }, 'drift', context.now()),
    ]);

    await drainFor(context, 2);

    expect(holders(context)).toBe(before - 1);
  });

  it('does not hold a person who left during an outage', async () => {
    const context = await team(10, limits);
    const left = { id: 'U10', before: aUser(10), after: aUser(10, { active: false }) };
    const damaged = { id: 'G1', before: group, after: aGroup('G1', 'Others') };
    await context.change({ members: removed(8) });
    context.azure.fail((call) => (call.startsWith('delete') ? unavailable : undefined));
    await context.change({ users: [left] });
    context.directory.apply({ key: context.key, users: [], groups: [damaged], members: [] });
    await context.intentStore.put(context.key, [
      newIntent('revoke', { kind: 'group', id: 'G1' }, 'drift', context.now()),
    ]);

    await context.drain();
    context.azure.fail(() => undefined);
    await drainFor(context, 2);

    expect(context.azure.all().map(({ principalId }) => principalId)).not.toContain(objectIdOf(10));
    expect(holders(context)).toBe(5);
  });
});

describe('held revocations', () => {
  it('stay held after a reconciliation', async () => {
    const context = await team(10, { count: 4, share: 0.1 });
    await context.change({ members: removed(9) });
    const before = holders(context);

    for (let n = 0; n < 3; n++) {
      context.wait(600);
      await context.services.access.reconcileAll();
    }

    expect(before).toBeGreaterThanOrEqual(6);
    expect(holders(context)).toBe(before);
  });

  it('stay held when an attempt fails and rules change then', async () => {
    const context = await team(10, { count: 4, share: 0.1 });
    await context.change({ members: removed(9) });
    const before = holders(context);
    jest.spyOn(console, 'error').mockReturnValue();
    const failing = jest.spyOn(context.directory, 'get').mockRejectedValue(new Error('storage'));
    await drainFor(context, 20);
    failing.mockRestore();

    await context.setRules([aRule({ description: 'Operators of production' })]);
    await drainFor(context, 10);

    expect(holders(context)).toBe(before);
    expect((await context.services.accessReport.status(context.key)).breaker).toBeDefined();
  });

  it('stay held when rules change that concern others', async () => {
    const context = await team(10, { count: 4, share: 0.1 });
    await context.change({ members: removed(9) });
    const before = holders(context);

    await context.setRules([aRule({ description: 'Operators of production' })]);
    await drainFor(context, 10);

    expect(holders(context)).toBe(before);
  });

  it('of a single person are reported once and can be confirmed', async () => {
    const context = accessContext({ breaker: { count: 4, share: 0.1 } });
    const scopes = Array.from({ length: 9 }, (_, n) => factory(`adf-${n}`));
    await context.setRules([aRule({ scopes })]);
    await context.change({ groups: [{ id: 'G1', after: group }] });
    await context.change({ users: context.users(aUser(1)), members: [memberOf('G1', 'U1')] });
    await context.drain();
    await context.change({ members: removed(1) });

    await drainFor(context, 120);
    const held = holders(context);
    const reports = context.audited().filter(({ action }) => action === 'revocations.held');
    await context.services.breaker.confirm(context.key, { objectId: 'o', displayName: 'Ada' });
    await drainFor(context, 2);

    expect([held, reports.length, holders(context)]).toEqual([9, 1, 0]);
  });

  describe('whose members are added again', () => {
    const added = (count: number) =>
      Array.from({ length: count }, (_, n) => memberOf('G1', `U${n + 1}`));

    it('hold no later revocation', async () => {
      const context = await team(10, { count: 4, share: 0.1 });
      await context.change({ members: removed(9) });
      await context.change({ members: added(9) });
      await drainFor(context, 16);

      const status = await context.services.accessReport.status(context.key);
      await context.change({ members: [memberOf('G1', 'U10', 'removed')] });
      await context.drain();

      expect(status.breaker).toBeUndefined();
      expect(holders(context)).toBe(9);
    });

    it('can be confirmed no more', async () => {
      const context = await team(10, { count: 4, share: 0.1 });
      await context.change({ members: removed(9) });
      await context.change({ members: added(9) });
      await drainFor(context, 16);

      const confirming = context.services.breaker.confirm(context.key, {
        objectId: 'o',
        displayName: 'Ada',
      });

      await expect(confirming).rejects.toMatchObject({ code: 'no_revocations_held' });
    });

    it('go on if one of them is left', async () => {
      const context = await team(10, { count: 4, share: 0.1 });
      await context.change({ members: removed(9) });
      const held = context.intentStore.all(context.key).filter((each) => each.problem === 'held');
      const [last] = held.map(({ target }) => target.id);
      await context.change({
        members: added(9).filter(({ memberId }) => memberId !== last),
      });

      await drainFor(context, 25);

      expect(held.length).toBeGreaterThan(4);
      expect(holders(context)).toBe(9);
    });

    it('hold the rest for a confirmation', async () => {
      const context = await team(10, { count: 4, share: 0.1 });
      await context.change({ members: removed(9) });
      const held = context.intentStore.all(context.key).filter((each) => each.problem === 'held');
      const left = held.slice(0, 2).map(({ target }) => target.id);
      await context.change({
        members: added(9).filter(({ memberId }) => !left.includes(memberId)),
      });

      await drainFor(context, 25);
      await context.change({ members: [memberOf('G1', 'U10', 'removed')] });
      await drainFor(context, 6);

      expect(holders(context)).toBe(10);
    });
  });

  it('go on when their rule is removed', async () => {
    const context = await team(10, { count: 4, share: 0.1 });
    await context.change({ members: removed(9) });

    await context.setRules([]);
    await drainFor(context, 2);

    expect(holders(context)).toBe(0);
  });

  it('go on after the confirmation, also behind a reconciliation', async () => {
    const context = await team(10, { count: 4, share: 0.1 });
    await context.change({ members: removed(9) });
    await context.services.access.reconcileAll();

    await context.services.breaker.confirm(context.key, { objectId: 'o', displayName: 'Ada' });
    await drainFor(context, 2);

    expect(holders(context)).toBe(1);
  });

  describe('that an Owner confirms', () => {
    const actor = { objectId: 'o', displayName: 'Ada' };
    const confirmations = (context: Context) =>
      context.audited().filter(({ action }) => action === 'revocations.confirmed');

    it('are confirmed once by two requests', async () => {
      const context = await team(10, { count: 4, share: 0.1 });
      await context.change({ members: removed(9) });
      const confirm = () => context.services.breaker.confirm(context.key, actor);

      await Promise.all([confirm(), confirm()]);
      await confirm();

      expect(confirmations(context)).toHaveLength(1);
    });

    it('go on although they cannot be made due at once', async () => {
      const context = await team(10, { count: 4, share: 0.1 });
      await context.change({ members: removed(9) });
      jest.spyOn(context.intentStore, 'release').mockRejectedValueOnce(new Error('lost'));
      jest.spyOn(console, 'error').mockReturnValue();

      await context.services.breaker.confirm(context.key, actor);
      await drainFor(context, 7);

      expect([holders(context), confirmations(context).length]).toEqual([1, 1]);
    });

    it('are followed by an hour in which nothing is held', async () => {
      const context = await team(20, { count: 4, share: 0.1 });
      await context.change({ members: removed(9) });
      await context.services.breaker.confirm(context.key, actor);
      await drainFor(context, 50);

      await context.change({ members: removed(18).slice(9) });
      await drainFor(context, 5);

      expect(holders(context)).toBe(2);
    });
  });
});
