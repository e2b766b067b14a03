/** The ladder that finds the Entra object of a user or group, and what is pending meanwhile. */
import { accessContext, aGroup, aRule, aUser, memberOf, objectIdOf } from './access-context';

const extension = 'urn:adf-connect:scim:schemas:extension:azure:2.0:User';
const byName = 'user user1@contoso.example';
const byEmail = 'email user1@contoso.example';
const found = (n: number) => ({ outcome: 'found', objectId: objectIdOf(n) }) as const;

/** A member of the operators, whose attributes and matches in Entra the test chooses. */
async function member(
  attributes: Record<string, unknown>,
  matches: Readonly<
    Record<string, Parameters<ReturnType<typeof accessContext>['graph']['set']>[1]>
  >,
) {
  const context = accessContext();
  for (const [name, match] of Object.entries(matches)) context.graph.set(name, match);
  await context.setRules([aRule()]);
  await context.change({ groups: [{ id: 'G1', after: aGroup('G1', 'ADF operators') }] });
  await context.change({ users: context.users(aUser(1, attributes)) });
  await context.change({ members: [memberOf('G1', 'U1')] });
  return context;
}

const principal = ({ azure }: ReturnType<typeof accessContext>) => azure.all()[0]?.principalId;
const status = ({ services, key }: ReturnType<typeof accessContext>) =>
  services.accessReport.status(key);

describe('the principal of a user', () => {
  it.each([
    ['the object id of our extension', { [extension]: { objectId: objectIdOf(5) } }, {}, 5],
    ['an externalId that is a GUID', { externalId: objectIdOf(6) }, {}, 6],
    ['the userName', { externalId: '00u1' }, { [byName]: found(7) }, 7],
    ['the address of a guest', { externalId: '00u1' }, { [byEmail]: found(8) }, 8],
    [
      'a second address',
      { externalId: '00u1', emails: [{ value: 'u@x.example' }] },
      { 'email u@x.example': found(9) },
      9,
    ],
  ])('is found by %s', async (_, attributes, matches, expected) => {
    const context = await member(attributes, matches);

    expect(principal(context)).toBe(objectIdOf(expected));
  });

  it('is asked for once', async () => {
    const context = await member({ externalId: '00u1' }, { [byName]: found(7) });
    await context.change({ members: [memberOf('G1', 'U1', 'removed')] });

    await context.change({ members: [memberOf('G1', 'U1')] });

    expect(context.graph.lookups).toEqual([byName]);
  });

  it.each(['missing', 'ambiguous', 'not_permitted', 'unavailable'] as const)(
    'that is %s is pending, visible and looked up again',
    async (outcome) => {
      const context = await member({ externalId: '00u1' }, { [byName]: { outcome } });
      const before = await status(context);

      context.graph.set(byName, found(7));
      context.wait(1_000);
      await context.drain();

      expect(before.pendingPrincipals).toMatchObject([
        { reason: outcome, subject: { id: 'U1', name: 'user1@contoso.example' } },
      ]);
      expect(principal(context)).toBe(objectIdOf(7));
      expect((await status(context)).pendingPrincipals).toEqual([]);
    },
  );

  it('is never taken from a rung below an unknown one', async () => {
    const context = await member(
      { externalId: '00u1' },
      { [byName]: { outcome: 'unavailable' }, [byEmail]: found(8) },
    );

    expect(context.azure.all()).toEqual([]);
  });

  it('is revoked when the new userName belongs to no object', async () => {
    const context = await member({ externalId: '00u1' }, { [byName]: found(7) });
    const before = await context.directory.get(context.key, 'User', 'U1');

    await context.change({
      users: [{ id: 'U1', before: before!, after: aUser(1, { externalId: 'x', userName: 'no' }) }],
    });

    expect(context.azure.all()).toEqual([]);
  });

  it('stays while Entra cannot be asked about the new userName', async () => {
    const context = await member({ externalId: '00u1' }, { [byName]: found(7) });
    const before = await context.directory.get(context.key, 'User', 'U1');
    context.graph.set('user no', { outcome: 'unavailable' });

    await context.change({
      users: [{ id: 'U1', before: before!, after: aUser(1, { externalId: 'x', userName: 'no' }) }],
    });

    expect(principal(context)).toBe(objectIdOf(7));
  });
});
