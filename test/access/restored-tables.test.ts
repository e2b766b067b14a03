/** What a restored table lost: rows and claims of assignments are in different tables. */
import { accessContext, aGroup, aRule, aUser, memberOf, objectIdOf } from './access-context';

/** User 1 has the role. Then the table with users and rows is restored to an earlier time. */
async function restored() {
  const context = accessContext();
  await context.setRules([aRule()]);
  await context.change({ groups: [{ id: 'G1', after: aGroup('G1', 'ADF operators') }] });
  await context.change({ users: context.users(aUser(1)) });
  await context.change({ members: [memberOf('G1', 'U1')] });
  const [row] = context.assignmentStore.all(context.key);
  await context.assignmentStore.delete(context.key, row!);
  await context.assignmentStore.deletePrincipal(context.key, { kind: 'user', id: 'U1' });
  context.directory.apply({
    key: context.key,
    users: [{ id: 'U1', before: aUser(1) }],
    groups: [],
    members: [memberOf('G1', 'U1', 'removed')],
  });
  return context;
}

describe('an assignment whose row is lost', () => {
  it('is a leftover, although it is claimed', async () => {
    const context = await restored();

    const report = await context.reconcile();

    expect(report).toMatchObject({ unwanted: 1 });
    expect(context.azure.all()).toEqual([]);
  });

  it('ends at once when the person is pushed anew and leaves', async () => {
    const context = await restored();
    const again = { ...aUser(1), id: 'U2' };
    await context.change({ users: context.users(again) });
    await context.change({ members: [memberOf('G1', 'U2')] });
    const before = context.azure.all();

    const after = { ...again, attributes: { ...again.attributes, active: false } };
    await context.change({ users: [{ id: 'U2', before: again, after }] });

    expect(before).toMatchObject([{ principalId: objectIdOf(1) }]);
    expect(context.azure.all()).toEqual([]);
  });
});
