/** Leavers while something else is slow: a grant, another worker, Entra. Nothing waits for a reconciliation. */
import { setImmediate } from 'node:timers/promises';
import type { RoleAssignments } from '../../functions/access/ports';
import { unavailable } from '../fakes/role-assignments';
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
const leaving = { users: [{ id: 'U1', before: aUser(1), after: aUser(1, { active: false }) }] };

async function withRule(roleAssignments: Partial<RoleAssignments> = {}) {
  const context = accessContext({ roleAssignments });
  await context.setRules([aRule()]);
  await context.change({ groups: [{ id: 'G1', after: group }] });
  return context;
}

type Context = Awaited<ReturnType<typeof withRule>>;

async function joining(context: Context): Promise<void> {
  await context.change({ users: context.users(aUser(1)) });
  await context.change({ members: [memberOf('G1', 'U1')] });
}

describe('a leaver', () => {
  it('loses a grant whose request outlived the lease of its worker', async () => {
    let left = false;
    const context: Context = await withRule({
      async create(tenantId, request, options) {
        if (!left) {
          left = true;
          context.wait(25);
          await context.changeElsewhere(leaving);
        }
        return context.azure.create(tenantId, request, options);
      },
    });

    await joining(context);

    expect(left).toBe(true);
    expect(context.azure.all()).toEqual([]);
    expect(context.assignmentStore.all(context.key)).toEqual([]);
  });

  it('loses a grant that Azure executes after its request timed out', async () => {
    const requests: Parameters<RoleAssignments['create']>[1][] = [];
    const context = await withRule({
      async create(_, request) {
        requests.push(request);
        return unavailable;
      },
    });
    await joining(context);

    await context.change(leaving);
    context.azure.add(requests[0]!);
    const rows = context.assignmentStore.all(context.key);
    context.wait(90);
    await context.drain();

    expect(rows).toMatchObject([{ scope: factory('adf-prod') }]);
    expect(context.azure.all()).toEqual([]);
    expect(context.assignmentStore.all(context.key)).toEqual([]);
    expect(context.intentStore.all(context.key)).toEqual([]);
  });

  it('loses a grant whose request was sent long after it was stored', async () => {
    const requests: Parameters<RoleAssignments['create']>[1][] = [];
    const context: Context = await withRule({
      async create(_, request) {
        requests.push(request);
        context.wait(50);
        return unavailable;
      },
    });
    await joining(context);

    await context.change(leaving);
    context.wait(15);
    await context.drain();
    context.azure.add(requests[0]!);
    context.wait(90);
    await context.drain();

    expect(context.azure.all()).toEqual([]);
    expect(context.assignmentStore.all(context.key)).toEqual([]);
  });

  it('loses a grant whose first request is executed after the second', async () => {
    const requests: Parameters<RoleAssignments['create']>[1][] = [];
    const context = await withRule({
      async create(tenantId, request, options) {
        requests.push(request);
        return requests.length === 1
          ? unavailable
          : context.azure.create(tenantId, request, options);
      },
    });
    await joining(context);
    context.wait(10);
    await context.drain();
    const made = context.azure.all().length;

    await context.change(leaving);
    context.azure.add(requests[0]!);
    context.wait(90);
    await context.drain();

    expect([made, context.azure.all().length]).toEqual([1, 0]);
  });

  it('gets the role back although the revocation had no response', async () => {
    const context = await withRule();
    await joining(context);
    context.azure.fail((call) => (call.startsWith('delete') ? 'lost' : undefined));
    await context.change(leaving);
    const between = context.azure.all().length;
    context.azure.fail(() => undefined);

    await context.change({
      users: [{ id: 'U1', before: aUser(1, { active: false }), after: aUser(1) }],
    });

    expect([between, context.azure.all().length]).toEqual([0, 1]);
  });

  it('is left to the worker that still reads a large group', async () => {
    const context = accessContext();
    await context.setRules([aRule()]);
    const inner = ['G2', 'G3', 'G4', 'G5'].map((id) => aGroup(id, `Team ${id}`));
    const before = aGroup('G1', 'ADF operators');
    for (const after of [before, ...inner])
      await context.change({ groups: [{ id: after.id, after }] });
    for (const [n, { id }] of inner.entries()) {
      await context.change({ members: [memberOf('G1', id, 'added', 'Group')] });
      await context.change({ users: context.users(aUser(n)) });
      await context.change({ members: [memberOf(id, `U${n}`)] });
    }
    const listMembers = context.directory.listMembers.bind(context.directory);
    const others: unknown[] = [];
    jest.spyOn(context.directory, 'listMembers').mockImplementation(async (...args) => {
      context.wait(8);
      const until = new Date(context.now().getTime() + 1);
      others.push(await context.leases.take(context.key, 'group-G1', context.now(), until));
      return listMembers(...args);
    });

    await context.store({ groups: [{ id: 'G1', before, after: aGroup('G1', 'X') }] });
    await context.services.access.drainAll(new Date(context.now().getTime() + 600_000));

    expect(others).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(context.azure.all()).toEqual([]);
  });

  it('is worked on as soon as a busy worker lets go', async () => {
    const context = await withRule();
    await joining(context);
    const until = new Date(context.now().getTime() + 8_000);
    await context.leases.take(context.key, 'user-U1', context.now(), until);
    const leftAt = context.now().getTime();

    await context.change(leaving);

    expect(context.azure.all()).toEqual([]);
    expect(context.now().getTime() - leftAt).toBeLessThan(10_000);
  });

  it('does not wait for Entra, which is asked about the person', async () => {
    const renamed = aUser(1, { externalId: 'e1', userName: 'renamed@contoso.example' });
    const named = aUser(1, { externalId: 'e1' });
    const context = await withRule();
    context.graph.set('user user1@contoso.example', { outcome: 'found', objectId: 'o1' });
    await context.change({ users: context.users(named) });
    await context.change({ members: [memberOf('G1', 'U1')] });
    const slow = async () => {
      context.wait(15);
      return { outcome: 'unavailable' } as const;
    };
    Object.assign(context.graph, { findUserByName: slow, findUserByEmail: slow });
    await context.change({ users: [{ id: 'U1', before: named, after: renamed }] });
    const kept = context.azure.all().length;

    const after = { ...renamed, attributes: { ...renamed.attributes, active: false } };
    await context.change({ users: [{ id: 'U1', before: renamed, after }] });

    expect([kept, context.azure.all().length]).toEqual([1, 0]);
  });

  it('holds up one of many responses while Azure is slow', async () => {
    let deletions = 0;
    let open = () => {};
    const isOpen = new Promise<void>((resolve) => (open = resolve));
    const context: Context = await withRule({
      async delete(tenantId, assignment, options) {
        if (++deletions > 1) await isOpen;
        else context.wait(8);
        return context.azure.delete(tenantId, assignment, options);
      },
    });
    const people = Array.from({ length: 10 }, (_, n) => n + 1);
    for (const n of people) {
      await context.change({ users: context.users(aUser(n)) });
      await context.change({ members: [memberOf('G1', `U${n}`)] });
    }
    const leavers = people.map((n) => ({
      id: `U${n}`,
      before: aUser(n),
      after: aUser(n, { active: false }),
    }));

    for (const user of leavers) await context.changeElsewhere({ users: [user] });
    const pending = context.azure.all().length;
    open();
    await context.services.drains.settled();
    context.wait(60);
    await context.drain();

    expect(pending).toBe(people.length - 1);
    expect(context.azure.all()).toEqual([]);
  });

  it('does not wait for a round of grants while Azure is slow', async () => {
    let isSlow = false;
    let grant = () => {};
    let begin = () => {};
    const isGranting = new Promise<void>((resolve) => (begin = resolve));
    const isGranted = new Promise<void>((resolve) => (grant = resolve));
    const context: Context = await withRule({
      async create(tenantId, request, options) {
        if (!isSlow) return context.azure.create(tenantId, request, options);
        begin();
        await isGranted;
        return context.azure.create(tenantId, request, options);
      },
      async delete(tenantId, assignment, options) {
        context.wait(4);
        return context.azure.delete(tenantId, assignment, options);
      },
    });
    const people = context.users(aUser(1), aUser(2), aUser(3));
    await context.change({ users: people });
    await context.change({ members: [memberOf('G1', 'U1'), memberOf('G1', 'U2')] });
    const leave = (n: number) =>
      context.changeElsewhere({
        users: [{ id: `U${n}`, before: aUser(n), after: aUser(n, { active: false }) }],
      });

    await leave(1);
    await context.services.drains.settled();
    isSlow = true;
    await context.changeElsewhere({ members: [memberOf('G1', 'U3')] });
    await isGranting;
    await leave(2);
    for (let turn = 0; turn < 100; turn++) await setImmediate();
    const kept = context.azure.all().length;
    grant();
    await context.services.drains.settled();

    expect(kept).toBe(0);
    expect(context.azure.all()).toMatchObject([{ principalId: objectIdOf(3) }]);
  });

  it('is tried again within a minute of the end of an outage', async () => {
    const context = await withRule();
    await joining(context);
    context.azure.fail(() => unavailable);
    await context.change(leaving);
    for (let minute = 0; minute < 15; minute++) {
      context.wait(60);
      await context.drain();
    }
    context.azure.fail(() => undefined);

    context.wait(60);
    await context.drain();

    expect(context.azure.all()).toEqual([]);
  });
});
