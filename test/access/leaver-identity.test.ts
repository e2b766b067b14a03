/** Persons who left, where the object id in Entra is known by a name only. */
import { accessContext, aGroup, aRule, aUser, memberOf, objectIdOf } from './access-context';

const { tenantId } = accessContext().key;
const person = (n: number) => ({ tenantId, objectId: objectIdOf(n) });
/** As Okta and Entra's default mapping push it: no object id. */
const named = (n: number, attributes: Record<string, unknown> = {}) => {
  const { externalId: _, ...rest } = aUser(n).attributes;
  return { id: `U${n}`, attributes: { ...rest, ...attributes } };
};
const refusal = { code: 'person_deactivated' };

function context() {
  const made = accessContext();
  for (const n of [1, 2])
    made.graph.set(`user user${n}@contoso.example`, { outcome: 'found', objectId: objectIdOf(n) });
  return made;
}

describe('a person without grants who is known by name', () => {
  it('is refused after a deletion', async () => {
    const made = context();
    await made.change({ users: [{ id: 'U1', after: named(1) }] });

    await made.change({ users: [{ id: 'U1', before: named(1) }] });
    await made.drain();
    made.wait(5);

    await expect(made.leaverCheck.assertPresent(person(1))).rejects.toMatchObject(refusal);
  });
});

describe('a person who leaves while Entra cannot be asked', () => {
  const active = { id: 'U1', after: named(1) };
  const gone = { id: 'U1', before: named(1) };

  it.each([
    ['deactivation', { ...gone, after: named(1, { active: false }) }],
    ['deletion', gone],
  ])('is refused when it answers, after a %s', async (_, left) => {
    const made = context();
    await made.change({ users: [active] });
    const found = { outcome: 'found', objectId: objectIdOf(1) } as const;
    made.graph.set('user user1@contoso.example', { outcome: 'unavailable' });
    await made.store({ users: [left] });
    await made.drain();

    made.graph.set('user user1@contoso.example', found);
    made.wait(60);
    await made.drain();
    made.wait(5);

    await expect(made.leaverCheck.assertPresent(person(1))).rejects.toMatchObject(refusal);
    expect(made.intentStore.all(made.key)).toEqual([]);
  });
});

describe('a person known by name who left', () => {
  async function left() {
    const made = context();
    await made.setRules([aRule()]);
    await made.change({ groups: [{ id: 'G1', after: aGroup('G1', 'ADF operators') }] });
    await made.change({ users: [{ id: 'U1', after: named(1) }] });
    await made.change({ members: [memberOf('G1', 'U1')] });
    await made.change({
      users: [{ id: 'U1', before: named(1), after: named(1, { active: false }) }],
    });
    return made;
  }

  it('stays refused when a rename leads to another person', async () => {
    const made = await left();

    await made.change({
      users: [
        {
          id: 'U1',
          before: named(1, { active: false }),
          after: named(1, { active: false, userName: 'user2@contoso.example' }),
        },
      ],
    });
    await made.drain();
    made.wait(5);

    await expect(made.leaverCheck.assertPresent(person(1))).rejects.toMatchObject(refusal);
    await made.leaverCheck.assertPresent(person(2));
  });

  it('is admitted when pushed again without grants', async () => {
    const made = await left();
    await made.change({ users: [{ id: 'U1', before: named(1, { active: false }) }] });

    await made.change({ users: [{ id: 'U3', after: { ...named(1), id: 'U3' } }] });
    await made.drain();
    made.wait(5);

    await expect(made.leaverCheck.assertPresent(person(1))).resolves.toBeUndefined();
  });
});
