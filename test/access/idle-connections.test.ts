/** Connections without rules: a change of their directory costs little, and nothing is lost. */
import { accessContext, aGroup, aRule, aUser, memberOf } from './access-context';

describe('a connection without rules', () => {
  it('works on no intent before the response', async () => {
    const context = accessContext();
    const takes = jest.spyOn(context.leases, 'take');
    await context.change({ groups: [{ id: 'G1', after: aGroup('G1', 'ADF operators') }] });
    await context.change({ users: context.users(aUser(1)) });

    await context.change({ members: [memberOf('G1', 'U1')] });
    await context.change({ members: [memberOf('G1', 'U1', 'removed')] });

    expect(takes).not.toHaveBeenCalled();
    await context.drain();
    expect(context.intentStore.all(context.key)).toEqual([]);
  });

  it('concludes intents in the background without a lease for each', async () => {
    const context = accessContext();
    const takes = jest.spyOn(context.leases, 'take');
    await context.change({ groups: [{ id: 'G1', after: aGroup('G1', 'ADF operators') }] });
    for (const n of [1, 2]) await context.change({ users: context.users(aUser(n)) });
    for (const id of ['U1', 'U2']) await context.change({ members: [memberOf('G1', id)] });
    await context.change({ members: [memberOf('G1', 'U1', 'removed')] });
    await context.change({ groups: [{ id: 'G1', before: aGroup('G1', 'ADF operators') }] });

    await context.drain();

    expect(context.intentStore.all(context.key)).toEqual([]);
    expect(takes.mock.calls.map(([, name]) => name)).toEqual(['drain']);
  });

  it('concludes the intents of many new users in few rounds', async () => {
    const context = accessContext();
    for (let n = 1; n <= 50; n++) await context.store({ users: context.users(aUser(n)) });
    const lists = jest.spyOn(context.intentStore, 'listDue');

    await context.drain();

    expect(context.intentStore.all(context.key)).toEqual([]);
    expect(lists.mock.calls.filter(([, urgency]) => urgency === 'grant')).toHaveLength(4);
  });

  it.each([
    [
      'deactivated',
      aUser(1),
      { ...aUser(1), attributes: { ...aUser(1).attributes, active: false } },
    ],
    ['deleted', aUser(1), undefined],
  ])('lists a person who was %s although the host died', async (_, before, after) => {
    const context = accessContext();
    await context.change({ users: context.users(aUser(1)) });
    await context.store({ users: [{ id: 'U1', before, ...(after && { after }) }] });

    await context.drain();

    expect((await context.leaverStore.listLeavers(context.key.tenantId)).size).toBe(1);
    expect(context.intentStore.all(context.key)).toEqual([]);
  });

  it('works again on intents that came while it compared', async () => {
    const context = accessContext();
    await context.store({ users: context.users(aUser(1)) });
    const { assignmentStore } = context;
    const getPrincipal = assignmentStore.getPrincipal.bind(assignmentStore);
    const reads = jest.spyOn(assignmentStore, 'getPrincipal');
    await context.services.access.afterChange({
      key: context.key,
      users: context.users(aUser(1)),
      groups: [],
      members: [],
    });
    reads.mockClear();
    reads.mockImplementationOnce(async (...of) => {
      const found = await getPrincipal(...of);
      await context.store({
        users: [{ id: 'U1', before: aUser(1), after: aUser(1, { roles: ['x'] }) }],
      });
      await context.store({ members: [memberOf('G1', 'U1')] });
      return found;
    });

    await context.drain();

    // Both intents of the later changes were worked on in another round.
    expect(reads.mock.calls.length).toBeGreaterThan(2);
    expect(context.intentStore.all(context.key)).toEqual([]);
  });

  it('grants as soon as it has rules', async () => {
    const context = accessContext();
    await context.change({ groups: [{ id: 'G1', after: aGroup('G1', 'ADF operators') }] });
    await context.change({ users: context.users(aUser(1)) });
    await context.change({ members: [memberOf('G1', 'U1')] });

    await context.setRules([aRule()]);

    expect(context.azure.all()).toHaveLength(1);
  });
});

describe('many changes in a second', () => {
  it('start one drain after the other, a second apart', async () => {
    const context = accessContext();
    await context.setRules([aRule()]);
    const lists = jest.spyOn(context.intentStore, 'listDue');
    const from = context.now().getTime();

    await Promise.all(
      Array.from({ length: 20 }, (_, n) => context.change({ users: context.users(aUser(n)) })),
    );

    expect(context.now().getTime() - from).toBeLessThanOrEqual(2_000);
    expect(lists.mock.calls.length).toBeLessThan(30);
    expect(context.intentStore.all(context.key)).toEqual([]);
  });
});
