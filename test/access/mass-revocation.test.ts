/** What the guard against mass revocations counts, and what must not go around it. */
import { unavailable } from '../fakes/role-assignments';
import { accessContext, aGroup, aRule, aUser, memberOf } from './access-context';

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

  it('stay held when rules change that concern others', async () => {
    const context = await team(10, { count: 4, share: 0.1 });
    await context.change({ members: removed(9) });
    const before = holders(context);

    await context.setRules([aRule({ description: 'Operators of production' })]);
    await drainFor(context, 10);

    expect(holders(context)).toBe(before);
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
