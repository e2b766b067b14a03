/** Stores of access rules: one contract for the fakes of unit tests and the table adapters. */
import { driftRowKey } from '../../../functions/azure/tables/access/access-keys';
import { directoryPartition } from '../../../functions/azure/tables/directory/directory-keys';
import { AssignmentTable } from '../../../functions/azure/tables/access/assignment-table';
import { ClaimTable } from '../../../functions/azure/tables/access/claim-table';
import { IntentTable } from '../../../functions/azure/tables/access/intent-table';
import { LeaverTable } from '../../../functions/azure/tables/access/leaver-table';
import { RuleTable } from '../../../functions/azure/tables/access/rule-table';
import { WorkLeaseTable } from '../../../functions/azure/tables/access/work-lease-table';
import type { OwnedAssignment } from '../../../functions/access/grants/assignment';
import { newIntent, retried } from '../../../functions/access/intents/intent';
import type {
  AssignmentStore,
  ClaimStore,
  IntentStore,
  LeaverStore,
  RuleStore,
  WorkLeaseStore,
} from '../../../functions/access/ports';
import { ruleSetContent } from '../../../functions/access/rules/role-rule';
import { aRule, factory, objectIdOf, roleIds } from '../../access/access-context';
import {
  fakeAssignmentStore,
  fakeClaimStore,
  fakeIntentStore,
  fakeLeaverStore,
  fakeRuleStore,
  fakeWorkLeaseStore,
} from '../../fakes/access-stores';
import { now, owner } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();
const { tenantId } = owner;
const key = { tenantId, connectionId: 'c1' };
const other = { tenantId, connectionId: 'c2' };
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
const user = (id: string) => ({ kind: 'user', id }) as const;

const assignment = (subjectId: string, name: string): OwnedAssignment => ({
  subject: user(subjectId),
  name,
  generation: 0,
  role: 'operator',
  roleId: roleIds.operator,
  scope: factory('adf'),
  principalId: objectIdOf(1),
  principalType: 'User',
  reasons: [{ ruleId: 'r', groupId: 'G1' }],
  state: 'pending',
  adopted: false,
  wantedSince: now.toISOString(),
});

describe.each<[string, () => IntentStore | Promise<IntentStore>]>([
  ['fake', fakeIntentStore],
  ['Table Storage', async () => new IntentTable(await storage.newTable())],
])('IntentStore: %s', (_, open) => {
  it('lists what is due of one urgency and connection', async () => {
    const store = await open();
    const waiting = retried(
      newIntent('revoke', user('U2'), 'user', now),
      'unavailable',
      60_000,
      now,
    );
    await store.put(key, [newIntent('revoke', user('U1'), 'user', now), waiting]);
    await store.put(key, [newIntent('grant', user('U3'), 'membership', now)]);
    await store.put(other, [newIntent('revoke', user('U4'), 'user', now)]);

    const due = await store.listDue(key, 'revoke', now, 10);
    const dueLater = await store.listDue(key, 'revoke', later(60), 10);

    expect(due.map(({ target }) => target.id)).toEqual(['U1']);
    expect(dueLater.map(({ target }) => target.id)).toEqual(['U1', 'U2']);
    expect(await store.listDue(key, 'revoke', later(60), 1)).toHaveLength(1);
  });

  it('keeps a newer intent when an older one is done', async () => {
    const store = await open();
    await store.put(key, [newIntent('revoke', user('U1'), 'user', now)]);
    const [read] = await store.get(key, user('U1'));
    await store.put(key, [newIntent('revoke', user('U1'), 'membership', later(1))]);

    await store.delete(key, read!);
    const replaced = await store.replace(key, { ...read!, attempts: 5 });

    expect(replaced).toBe(false);
    expect(await store.get(key, user('U1'))).toMatchObject([{ cause: 'membership', attempts: 0 }]);
  });

  it('deletes the intent that was read, and counts the others', async () => {
    const store = await open();
    const held = { ...newIntent('revoke', user('U2'), 'membership', now), problem: 'held' };
    await store.put(key, [newIntent('grant', user('U1'), 'user', now), held]);
    const [read] = await store.get(key, user('U1'));

    await store.delete(key, read!);

    expect(await store.count(key)).toEqual({
      revoke: 1,
      grant: 0,
      held: 1,
      oldestRequestedAt: now.toISOString(),
    });
  });

  it('keeps how an attempt ended', async () => {
    const store = await open();
    const ended = { admitted: 3, expanded: true } as const;
    const tried = { ...newIntent('revoke', user('U1'), 'membership', now), ...ended };
    await store.put(key, [retried(tried, 'unavailable', 0, now)]);

    const read = await store.get(key, user('U1'));

    expect(read).toMatchObject([{ attempts: 1, problem: 'unavailable', ...ended }]);
  });

  it('makes held intents due', async () => {
    const store = await open();
    const held = retried(newIntent('revoke', user('U1'), 'membership', now), 'held', 900_000, now);
    await store.put(key, [held, newIntent('grant', user('U2'), 'membership', now)]);

    await store.release(key, 'held', now);

    expect(await store.listDue(key, 'revoke', now, 10)).toHaveLength(1);
    expect(await store.hasHeld(key, 'held')).toBe(true);
    expect(await store.hasHeld(key, 'held', user('U1'))).toBe(false);
    expect(await store.hasHeld(key, 'held', user('U2'))).toBe(true);
  });

  it('stores more intents than one transaction takes', async () => {
    const store = await open();
    const many = Array.from({ length: 250 }, (_, n) =>
      newIntent('grant', user(`U${n}`), 'group', now),
    );

    await store.put(key, [...many, many[0]!]);

    expect((await store.count(key)).grant).toBe(250);
  });
});

describe.each<[string, () => AssignmentStore | Promise<AssignmentStore>]>([
  ['fake', fakeAssignmentStore],
  ['Table Storage', async () => new AssignmentTable(await storage.newTable())],
])('AssignmentStore: %s', (_, open) => {
  const audit = { rowKey: 'audit-1', columns: { record: '{}' } };

  it('keeps assignments by subject', async () => {
    const store = await open();
    await store.put(key, assignment('U1', 'a'), [audit]);
    await store.put(key, assignment('U1', 'b'));
    await store.put(key, assignment('U10', 'c'));
    await store.put(key, { ...assignment('U1', 'a'), state: 'assigned' });

    await store.delete(key, assignment('U1', 'b'), [audit]);
    await store.delete(key, assignment('U1', 'none'), [audit]);

    expect(await store.listOfSubject(key, user('U1'))).toEqual([
      { ...assignment('U1', 'a'), state: 'assigned' },
    ]);
    expect(await store.listOfSubject(other, user('U1'))).toEqual([]);
    expect((await store.list(key, { limit: 1 })).continuation).toBeDefined();
  });

  it('lists pending principals', async () => {
    const store = await open();
    const pending = {
      state: 'pending',
      reason: 'missing',
      since: now.toISOString(),
      source: '[]',
    } as const;
    await store.putPrincipal(key, user('U1'), pending);
    await store.putPrincipal(key, user('U2'), {
      state: 'resolved',
      objectId: objectIdOf(2),
      rung: 'object_id',
      source: '[]',
    });

    const listed = await store.listPendingPrincipals(key, 10);
    await store.deletePrincipal(key, user('U1'));

    expect(listed).toEqual([{ ...pending, subject: user('U1') }]);
    expect(await store.getPrincipal(key, user('U1'))).toBeUndefined();
    expect(await store.getPrincipal(key, user('U2'))).toMatchObject({ objectId: objectIdOf(2) });
  });

  it('replaces the count of revocations for one of two writers', async () => {
    const store = await open();
    const state = { windowStartedAt: now.toISOString(), total: 1, revoked: 0 };
    await store.replaceBreaker(key, undefined, state);
    const read = await store.getBreaker(key);

    const writes = await Promise.allSettled([
      store.replaceBreaker(key, read, { ...state, revoked: 1 }),
      store.replaceBreaker(key, read, { ...state, revoked: 2 }),
    ]);

    expect(writes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(store.replaceBreaker(key, undefined, state)).rejects.toMatchObject({
      kind: 'stale',
    });
  });

  it('keeps the last drift report', async () => {
    const store = await open();
    const report = {
      at: now.toISOString(),
      missing: 1,
      unwanted: 0,
      foreignCount: 0,
      foreign: [],
      failedScopes: [],
      subscriptions: [],
    };

    await store.putDrift(key, report);

    expect(await store.getDrift(key)).toEqual(report);
    expect(await store.getDrift(other)).toBeUndefined();
  });
});

describe('AssignmentTable', () => {
  it('has no drift report if a later version wrote it', async () => {
    const table = await storage.newTable();
    const store = new AssignmentTable(table);
    await table.createEntity({
      partitionKey: directoryPartition(key),
      rowKey: driftRowKey,
      report: JSON.stringify({ at: now.toISOString(), unheardOf: 1 }),
    });
    const logged = jest.spyOn(console, 'error').mockReturnValue();

    const report = await store.getDrift(key);

    expect(report).toBeUndefined();
    expect(logged.mock.lastCall).toMatchObject([
      expect.stringContaining('drift.report_unreadable'),
    ]);
  });
});

describe.each<[string, () => RuleStore | Promise<RuleStore>]>([
  ['fake', () => fakeRuleStore()],
  ['Table Storage', async () => new RuleTable(await storage.newTable())],
])('RuleStore: %s', (_, open) => {
  const version = (n: number) => ({ ...ruleSetContent.parse({ rules: [aRule()] }), version: n });

  it('keeps the current version and the earlier ones, newest first', async () => {
    const store = await open();
    await store.replace(key, undefined, version(1), []);
    await store.replace(key, await store.get(key), version(2), []);

    const { items } = await store.listVersions(key, { limit: 10 });

    expect(await store.get(key)).toMatchObject(version(2));
    expect(items).toEqual([version(2), version(1)]);
    expect(await store.get(other)).toBeUndefined();
  });

  it('refuses a writer that read another version', async () => {
    const store = await open();
    await store.replace(key, undefined, version(1), []);
    const read = await store.get(key);
    await store.replace(key, read, version(2), []);

    await expect(store.replace(key, read, version(2), [])).rejects.toMatchObject({
      kind: 'stale',
    });
    await expect(store.replace(key, undefined, version(1), [])).rejects.toMatchObject({
      kind: 'stale',
    });
  });
});

describe.each<[string, () => WorkLeaseStore | Promise<WorkLeaseStore>]>([
  ['fake', fakeWorkLeaseStore],
  ['Table Storage', async () => new WorkLeaseTable(await storage.newTable())],
])('WorkLeaseStore: %s', (_, open) => {
  it('gives a lease to one of ten, and again later', async () => {
    const store = await open();
    const take = (at: Date) => store.take(key, 'drain', at, new Date(at.getTime() + 60_000));

    const first = await Promise.all(Array.from({ length: 10 }, () => take(now)));
    const held = await take(later(59));
    const expired = await take(later(60));
    const late = await store.release(key, 'drain', first.find(Boolean)!);
    const inTime = await store.release(key, 'drain', expired!);

    expect(first.filter(Boolean)).toHaveLength(1);
    expect([late, inTime]).toEqual([false, true]);
    expect(held).toBeUndefined();
    expect(await take(later(61))).toBeDefined();
  });

  it('renews a lease unless another worker has it', async () => {
    const store = await open();
    const lease = await store.take(key, 'drain', now, later(10));

    const renewed = await store.renew(key, 'drain', lease!, later(20));
    const again = await store.renew(key, 'drain', lease!, later(30));

    expect([renewed !== undefined, again]).toEqual([true, undefined]);
    expect(await store.take(key, 'drain', later(15), later(25))).toBeUndefined();
  });
});

describe.each<[string, () => ClaimStore | Promise<ClaimStore>]>([
  ['fake', fakeClaimStore],
  ['Table Storage', async () => new ClaimTable(await storage.newTable())],
])('ClaimStore: %s', (_, open) => {
  const [one, two] = ['1', '2'].map((n) => `aaaaaaaa-0000-5000-8000-00000000000${n}`) as [
    string,
    string,
  ];

  it('says which claims of an assignment are left', async () => {
    const store = await open();
    await store.put(key, one, user('U1'));
    await store.put(other, one, user('U1'));
    await store.put(key, two, user('U1'));

    const names = await store.listNames(tenantId);
    const first = await store.release(key, one, user('U1'));
    const repeated = await store.release(key, one, user('U1'));
    const last = await store.release(other, one, user('U1'));

    expect([...names].toSorted()).toEqual([one, two]);
    const left = [{ key: other, subject: user('U1') }];
    expect([first, repeated, last]).toEqual([left, left, []]);
    expect(await store.listNames('another')).toEqual(new Set());
  });
});

describe.each<[string, () => LeaverStore | Promise<LeaverStore>]>([
  ['fake', fakeLeaverStore],
  ['Table Storage', async () => new LeaverTable(await storage.newTable())],
])('LeaverStore: %s', (_, open) => {
  it('lists who left, and knows who is active elsewhere', async () => {
    const store = await open();
    await store.put(key, 'U1', objectIdOf(1), 'active');
    await store.put(key, 'U1', objectIdOf(1), 'left', true);
    await store.put(other, 'U1', objectIdOf(1), 'active');
    await store.put(key, 'U2', objectIdOf(2), 'left');
    await store.put(key, 'U2', objectIdOf(2), 'left', true);

    const left = await store.listLeavers(tenantId);

    expect(left).toEqual(new Set([objectIdOf(1), objectIdOf(2)]));
    expect(await store.isActive(tenantId, objectIdOf(1))).toBe(true);
    expect(await store.isActive(tenantId, objectIdOf(2))).toBe(false);
    expect(await store.listLeavers('another')).toEqual(new Set());
  });

  it('forgets users and connections', async () => {
    const store = await open();
    await store.put(key, 'U1', objectIdOf(1), 'left');
    await store.put(key, 'U2', objectIdOf(2), 'left');
    await store.put(other, 'U3', objectIdOf(3), 'left');

    await store.deleteUser(key, 'U1', objectIdOf(1));
    const afterUser = await store.listLeavers(tenantId);
    await store.deleteConnection(key);

    expect(afterUser).toEqual(new Set([objectIdOf(2), objectIdOf(3)]));
    expect(await store.listLeavers(tenantId)).toEqual(new Set([objectIdOf(3)]));
  });
});
