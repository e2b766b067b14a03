/** Reconciliations while Azure is slow, or a customer has very many scopes. */
import { unavailable } from '../fakes/role-assignments';
import { descriptionOf } from '../../functions/access/grants/assignment';
import type { AssignmentInAzure } from '../../functions/access/ports';
import {
  accessContext,
  aGroup,
  aRule,
  aUser,
  factory,
  memberOf,
  objectIdOf,
  roleIds,
} from './access-context';

const other = (context: Context) => ({ ...context.key, connectionId: 'scim-2' });
type Context = ReturnType<typeof accessContext>;
type Unanswered = 'unavailable' | 'throttled' | undefined;

/** An assignment of the first connection that has no row. */
const leftover = (n: number) => ({
  name: `11111111-0000-4000-8000-${String(n).padStart(12, '0')}`,
  scope: factory('adf-prod'),
  roleId: roleIds.operator,
  principalId: objectIdOf(n),
  description: descriptionOf('scim-1'),
});

/** The first connection has the scopes adf-000, adf-001 and so on; the second one adf-other. */
async function contextWith(
  scopes: number,
  list: (context: Context, scope: string) => Unanswered,
  inAzure: readonly AssignmentInAzure[] = [],
) {
  const asked: string[] = [];
  const context: Context = accessContext({
    roleAssignments: {
      list: async (_, scope) => {
        asked.push(scope);
        const problem = list(context, scope);
        const assignments = inAzure.filter((each) => each.scope === scope);
        return problem ? { outcome: 'failed', problem } : { outcome: 'listed', assignments };
      },
    },
  });
  context.connections.set('scim-2', { id: 'scim-2' });
  const names = Array.from({ length: scopes }, (_, n) => `adf-${String(n).padStart(3, '0')}`);
  const rules = names.map((name) => aRule({ id: name, scopes: [factory(name)] }));
  await context.setRules(rules);
  await context.setRules([aRule({ scopes: [factory('adf-other')] })], other(context));
  return { context, asked };
}

describe('a reconciliation of all connections', () => {
  it('ends before the host ends it while Azure does not answer', async () => {
    const { context, asked } = await contextWith(150, (of) => {
      of.wait(8);
      return 'unavailable';
    });
    const begun = context.now().getTime();

    await context.services.access.reconcileAll();

    expect(context.now().getTime() - begun).toBeLessThan(10 * 60_000);
    expect(asked).toContain(factory('adf-other'));
    const drift = await context.assignmentStore.getDrift(context.key);
    expect(drift).toMatchObject({ failedScopeCount: 150 });
  });

  it('goes on where it ended, and comes to each connection', async () => {
    const { context, asked } = await contextWith(150, (of) => {
      of.wait(8);
      return undefined;
    });
    const begun = context.now().getTime();

    await context.services.access.reconcileAll();
    const first = new Set(asked);
    const tookMs = context.now().getTime() - begun;
    for (let n = 0; n < 12; n++) await context.services.access.reconcileAll();

    expect(tookMs).toBeLessThan(10 * 60_000);
    expect(first).toContain(factory('adf-other'));
    expect(new Set(asked).size).toBe(151);
  });

  it('begins with the connection that waits longest', async () => {
    const { context, asked } = await contextWith(1, () => undefined);
    await context.reconcile();
    asked.length = 0;
    context.wait(60);

    await context.services.access.reconcileAll();

    expect(asked).toEqual([factory('adf-other'), factory('adf-000')]);
  });
});

describe('a reconciliation of one connection', () => {
  it.each(['unavailable', 'throttled'] as const)(
    'comes to each scope although the first ones are always %s',
    async (problem) => {
      const { context, asked } = await contextWith(60, (_, scope) =>
        scope < factory('adf-030') ? problem : undefined,
      );

      await context.reconcile();
      const first = new Set(asked);
      for (let n = 0; n < 6; n++) await context.reconcile();

      expect(first.size).toBeLessThan(15);
      expect(new Set(asked).size).toBe(60);
    },
  );

  it('finds no deviation in what was revoked during it', async () => {
    const context: Context = accessContext({
      roleAssignments: {
        list: async (...args) => {
          await context.change({ members: [memberOf('G1', 'U1', 'removed')] });
          return context.azure.list(...args);
        },
      },
    });
    await context.setRules([aRule()]);
    await context.change({ groups: [{ id: 'G1', after: aGroup('G1', 'ADF operators') }] });
    await context.change({ users: context.users(aUser(1)), members: [memberOf('G1', 'U1')] });
    context.wait(3_600);

    const report = await context.reconcile();

    expect(report).toMatchObject({ missing: 0 });
    expect(context.assignmentStore.all(context.key)).toEqual([]);
    expect(context.audited().map(({ action }) => action)).not.toContain('drift.missing');
  });

  it('reads the rows of all connections few times', async () => {
    const taken = Array.from({ length: 40 }, (_, n) => ({
      ...leftover(n),
      scope: factory(`adf-${String(n).padStart(3, '0')}`),
    }));
    const { context } = await contextWith(40, () => undefined, taken);
    const subject = { kind: 'user', id: 'U1' } as const;
    for (const { name, scope, roleId, principalId } of taken) {
      const row = { name, scope, roleId, principalId, subject, role: 'operator' } as const;
      await context.assignmentStore.put(other(context), {
        ...row,
        generation: 0,
        principalType: 'User',
        reasons: [],
        state: 'assigned',
        adopted: true,
        wantedSince: context.now().toISOString(),
      });
      await context.claimStore.put(other(context), name, subject);
    }
    const reads = jest.spyOn(context.assignmentStore, 'listAll');

    const report = await context.reconcile();

    expect(report).toMatchObject({ unwanted: 0, foreignCount: 0 });
    expect(reads.mock.calls.length).toBeLessThan(15);
  });

  it('takes nothing for a leftover that is revoked during it', async () => {
    const context: Context = accessContext({
      roleAssignments: {
        list: async (...args) => {
          const listed = await context.azure.list(...args);
          await context.change({ members: [memberOf('G1', 'U1', 'removed')] });
          return listed;
        },
      },
    });
    await context.setRules([aRule()]);
    await context.change({ groups: [{ id: 'G1', after: aGroup('G1', 'ADF operators') }] });
    await context.change({ users: context.users(aUser(1)), members: [memberOf('G1', 'U1')] });

    const report = await context.reconcile();

    expect(report).toMatchObject({ unwanted: 0, foreignCount: 0 });
  });

  it('removes leftovers no longer than it may', async () => {
    const context: Context = accessContext({
      breaker: { count: 1_000, share: 1 },
      roleAssignments: {
        delete: async (...args) => {
          context.wait(5);
          return context.azure.delete(...args);
        },
      },
    });
    await context.setRules([aRule()]);
    for (let n = 0; n < 100; n++) context.azure.add(leftover(n));
    const begun = context.now().getTime();

    const report = await context.reconcile();
    const tookMs = context.now().getTime() - begun;
    for (let n = 0; n < 12; n++) await context.reconcile();

    expect(tookMs).toBeLessThan(70_000);
    expect(report.failedScopes).toEqual([{ scope: factory('adf-prod'), problem: 'throttled' }]);
    expect(context.azure.all()).toEqual([]);
  });

  it.each(['scope_locked', 'throttled'] as const)(
    'counts leftovers once that are %s for hours',
    async (problem) => {
      const context = accessContext();
      await context.setRules([aRule(), aRule({ id: 'others', scopes: [factory('adf-test')] })]);
      for (let n = 0; n < 6; n++) context.azure.add(leftover(n));
      context.azure.fail(() => ({ outcome: 'failed', problem }));

      for (let n = 0; n < 12; n++) {
        context.azure.failLists(n % 3 === 1 ? unavailable : undefined);
        await context.reconcile();
        context.wait(600);
      }
      context.azure.fail(() => undefined);
      const report = await context.reconcile();

      expect(context.audited().map(({ action }) => action)).not.toContain('revocations.held');
      expect(report).toMatchObject({ unwanted: 6 });
      expect(report).not.toHaveProperty('admittedLeftovers');
    },
  );

  it('reports a scope once, however many leftovers cannot be removed', async () => {
    const context = accessContext();
    await context.setRules([aRule()]);
    for (let n = 0; n < 5; n++) context.azure.add(leftover(n));
    context.azure.fail(() => ({ outcome: 'failed', problem: 'scope_locked' }));

    const { failedScopes, failedScopeCount } = await context.reconcile();

    expect(failedScopes).toEqual([{ scope: factory('adf-prod'), problem: 'scope_locked' }]);
    expect(failedScopeCount).toBe(1);
  });
});

describe('a report of a reconciliation', () => {
  it('fits into its column, however many scopes failed', async () => {
    const { context } = await contextWith(200, () => 'unavailable');

    const report = await context.reconcile();

    expect(report.failedScopeCount).toBe(200);
    expect(JSON.stringify(report).length).toBeLessThan(32_000);
  });
});

describe('a manual assignment', () => {
  it('that is still there is not asked for again', async () => {
    const context = accessContext();
    context.azure.add({
      name: '11111111-0000-4000-8000-000000000001',
      scope: factory('adf-prod'),
      roleId: roleIds.operator,
      principalId: objectIdOf(1),
    });
    await context.setRules([aRule()]);
    await context.change({ groups: [{ id: 'G1', after: aGroup('G1', 'ADF operators') }] });
    await context.change({ users: context.users(aUser(1)) });
    await context.change({ members: [memberOf('G1', 'U1')] });
    const [records, calls] = [context.audited().length, context.azure.calls().length];

    for (let n = 0; n < 3; n++) {
      context.wait(600);
      await context.services.access.reconcileAll();
    }

    expect(context.assignmentStore.all(context.key)).toMatchObject([{ state: 'manual' }]);
    expect([context.audited().length, context.azure.calls().length]).toEqual([records, calls]);
  });
});
