/** Tokens of persons who left. */
import { LeaverCheck } from '../../functions/access/leavers/leaver-check';
import { accessContext, aRule, aUser, objectIdOf } from './access-context';

const { tenantId } = accessContext().key;
const person = (n: number) => ({ tenantId, objectId: objectIdOf(n).toUpperCase() });
const left = (n: number) => ({
  id: `U${n}`,
  before: aUser(n),
  after: aUser(n, { active: false }),
});

describe('a person', () => {
  it('is refused at once after a deactivation, without any rule', async () => {
    const context = accessContext();
    await context.change({ users: context.users(aUser(1)) });
    await context.leaverCheck.assertPresent(person(1));

    await context.change({ users: [left(1)] });

    await expect(context.leaverCheck.assertPresent(person(1))).rejects.toMatchObject({
      code: 'person_deactivated',
    });
  });

  it('is refused after a deletion', async () => {
    const context = accessContext();
    await context.change({ users: context.users(aUser(1)) });

    await context.change({ users: [{ id: 'U1', before: aUser(1) }] });

    await expect(context.leaverCheck.assertPresent(person(1))).rejects.toThrow('deactivated');
  });

  it('is refused after a crash behind the change, when the timer ran', async () => {
    const context = accessContext();
    await context.change({ users: context.users(aUser(1)) });

    await context.store({ users: [left(1)] });
    await context.drain();
    context.wait(5);

    await expect(context.leaverCheck.assertPresent(person(1))).rejects.toThrow('deactivated');
  });

  it('is admitted after a reactivation, and when pushed again', async () => {
    const context = accessContext();
    await context.change({ users: context.users(aUser(1), aUser(2)) });
    await context.change({ users: [left(1), { id: 'U2', before: aUser(2) }] });

    await context.change({
      users: [{ id: 'U1', before: aUser(1, { active: false }), after: aUser(1) }],
    });
    await context.change({ users: [{ id: 'U3', after: { ...aUser(2), id: 'U3' } }] });

    await expect(context.leaverCheck.assertPresent(person(1))).resolves.toBeUndefined();
    await expect(context.leaverCheck.assertPresent(person(2))).resolves.toBeUndefined();
  });

  describe('of whom a slow instance records the return last', () => {
    const back = { id: 'U1', before: aUser(1, { active: false }), after: aUser(1) };
    const late = { groups: [], members: [], users: [back] };

    it.each([
      ['left again', left(1)],
      ['was deleted', { id: 'U1', before: aUser(1) }],
    ])('is refused if the person %s meanwhile', async (_, leave) => {
      const context = accessContext();
      await context.change({ users: context.users(aUser(1, { active: false })) });
      await context.store({ users: [back] });
      await context.change({ users: [leave] });
      await context.drain();

      await context.services.access.afterChange({ key: context.key, ...late });
      await context.drain();

      await expect(context.leaverCheck.assertPresent(person(1))).rejects.toThrow('deactivated');
    });

    it('is refused if both instances write in turn', async () => {
      const named = (active: boolean) => aUser(1, { externalId: 'ada', active });
      const context = accessContext();
      const { assignmentStore, leaverStore, key } = context;
      context.graph.set('user user1@contoso.example', {
        outcome: 'found',
        objectId: objectIdOf(1),
      });
      await context.change({ users: [{ id: 'U1', before: named(true), after: named(false) }] });
      await context.store({ users: [{ id: 'U1', before: named(false), after: named(true) }] });
      const gone = { id: 'U1', before: named(true), after: named(false) };
      await context.change({ users: [gone] });
      const subject = { kind: 'user', id: 'U1' } as const;
      const recordOfLeave = (await assignmentStore.getPrincipal(key, subject))!;
      // The other instance has written its row of the list, and not that of the principal yet.
      jest.spyOn(context.directory, 'get').mockImplementationOnce(async () => {
        await assignmentStore.putPrincipal(key, subject, recordOfLeave);
        return named(false);
      });
      await leaverStore.put(key, 'U1', objectIdOf(1), 'left');

      await context.services.access.afterChange({
        key,
        groups: [],
        members: [],
        users: [{ id: 'U1', before: named(false), after: named(true) }],
      });
      await context.drain();

      await expect(context.leaverCheck.assertPresent(person(1))).rejects.toThrow('deactivated');
    });
  });

  it('is refused if a slow instance records the first push last', async () => {
    const context = accessContext();
    await context.setRules([aRule()]);
    const users = context.users(aUser(1));
    await context.store({ users });
    await context.change({ users: [left(1)] });

    await context.services.access.afterChange({
      key: context.key,
      groups: [],
      members: [],
      users,
    });
    await context.drain();

    await expect(context.leaverCheck.assertPresent(person(1))).rejects.toThrow('deactivated');
  });

  it('whose object is not known costs no more reads', async () => {
    const context = accessContext();
    const unknown = (n: number) => aUser(1, { externalId: 'ada', roles: [{ value: `r${n}` }] });
    await context.change({ users: context.users(unknown(1)) });
    const reads = jest.spyOn(context.directory, 'get');

    await context.change({ users: [{ id: 'U1', before: unknown(1), after: unknown(2) }] });

    expect(reads).not.toHaveBeenCalled();
  });

  it('who is active at another connection is admitted', async () => {
    const context = accessContext();
    const other = { ...context.key, connectionId: 'scim-2' };
    await context.change({ users: context.users(aUser(1)) });
    await context.change({ users: context.users(aUser(1)) }, other);

    await context.change({ users: [left(1)] });

    await expect(context.leaverCheck.assertPresent(person(1))).resolves.toBeUndefined();
  });

  it('of a tenant without provisioning is admitted', async () => {
    const { leaverCheck } = accessContext();

    const present = leaverCheck.assertPresent({ tenantId: 'other', objectId: 'x' });

    await expect(present).resolves.toBeUndefined();
  });
});

describe('the list of leavers', () => {
  function counting(onFailure: 'open' | 'closed' = 'open') {
    let time = 0;
    let fails = false;
    const reads: string[] = [];
    const check = new LeaverCheck({
      onFailure,
      now: () => new Date(time),
      leaverStore: {
        async listLeavers(tenant) {
          reads.push(tenant);
          if (fails) throw new Error('no storage');
          return new Set([objectIdOf(1)]);
        },
        isActive: async () => false,
      },
    });
    return { check, reads, at: (ms: number) => void (time = ms), fail: () => void (fails = true) };
  }

  it('is read once by many requests, and again in the background', async () => {
    const { check, reads, at } = counting();

    await Promise.all(Array.from({ length: 50 }, () => check.assertPresent(person(2))));
    at(1_900);
    await check.assertPresent(person(2));
    const early = reads.length;
    at(2_100);
    await check.assertPresent(person(2));

    expect([early, reads.length]).toEqual([1, 2]);
  });

  it('is never used for five seconds', async () => {
    const { check, at, fail } = counting('closed');
    await check.assertPresent(person(2));

    fail();
    at(4_999);

    await expect(check.assertPresent(person(2))).rejects.toMatchObject({
      code: 'leavers_unavailable',
    });
  });

  it.each([
    ['open', true],
    ['closed', false],
  ] as const)('that cannot be read fails %s, with a log line', async (onFailure, admitted) => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const { check, fail } = counting(onFailure);
    fail();

    const result = check.assertPresent(person(2)).then(
      () => true,
      () => false,
    );

    expect(await result).toBe(admitted);
    expect(log.mock.calls[0]?.[0]).toContain('leavers.list_failed');
    log.mockRestore();
  });
});
