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
