/** The conditional writes of access rules, for the test that loses their responses. */
import type { TableClient } from '@azure/data-tables';
import { AssignmentTable } from '../../../../functions/azure/tables/access/assignment-table';
import { ClaimTable } from '../../../../functions/azure/tables/access/claim-table';
import { IntentTable } from '../../../../functions/azure/tables/access/intent-table';
import { LeaverTable } from '../../../../functions/azure/tables/access/leaver-table';
import { RuleTable } from '../../../../functions/azure/tables/access/rule-table';
import { WorkLeaseTable } from '../../../../functions/azure/tables/access/work-lease-table';
import { newIntent } from '../../../../functions/access/intents/intent';
import { ruleSetContent } from '../../../../functions/access/rules/role-rule';
import { now, owner } from '../../../support/builders';

const key = { tenantId: owner.tenantId, connectionId: 'scim-1' };
const at = now.toISOString();
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
const user = { kind: 'user', id: 'U1' } as const;
const objectId = 'aaaaaaaa-0000-4000-8000-000000000001';
const name = 'aaaaaaaa-0000-5000-8000-000000000001';
const breaker = { windowStartedAt: at, total: 1, revoked: 0 };
const rules = (version: number) => ({ ...ruleSetContent.parse({ rules: [] }), version });
const intent = newIntent('revoke', user, 'user', now);
const drift = {
  at,
  missing: 0,
  unwanted: 0,
  foreignCount: 0,
  foreign: [],
  failedScopes: [],
  subscriptions: [],
};

const leases = (table: TableClient) => new WorkLeaseTable(table);
const lease = (table: TableClient) => leases(table).take(key, 'drain', now, later(60));

export const accessWrites = [
  {
    name: 'AssignmentTable.replaceBreaker of a new window',
    // The call is the one of the next line.
    calls: [],
    prepare: async () => (table: TableClient) =>
      new AssignmentTable(table).replaceBreaker(key, undefined, breaker),
  },
  {
    name: 'AssignmentTable.replaceBreaker',
    calls: ['assignment-table writeRows'],
    async prepare(table: TableClient) {
      await new AssignmentTable(table).replaceBreaker(key, undefined, breaker);
      const read = await new AssignmentTable(table).getBreaker(key);
      return (breaking: TableClient) =>
        new AssignmentTable(breaking).replaceBreaker(key, read, { ...breaker, revoked: 1 });
    },
  },
  {
    name: 'AssignmentTable.putPrincipal',
    calls: ['assignment-table upsertRow'],
    repeatable: true,
    prepare: async () => (table: TableClient) =>
      new AssignmentTable(table).putPrincipal(key, user, {
        state: 'resolved',
        objectId,
        rung: 'object_id',
        source: '[]',
      }),
  },
  {
    name: 'AssignmentTable.putDrift',
    calls: ['assignment-table upsertRow'],
    repeatable: true,
    prepare: async () => (table: TableClient) => new AssignmentTable(table).putDrift(key, drift),
  },
  {
    name: 'AssignmentTable.deletePrincipal',
    calls: ['assignment-table deleteRow'],
    repeatable: true,
    prepare: async () => (table: TableClient) =>
      new AssignmentTable(table).deletePrincipal(key, user),
  },
  {
    name: 'ClaimTable.put',
    calls: ['claim-table upsertRow'],
    repeatable: true,
    prepare: async () => (table: TableClient) => new ClaimTable(table).put(key, name, user),
  },
  {
    name: 'ClaimTable.release',
    calls: ['claim-table deleteRow'],
    repeatable: true,
    async prepare(table: TableClient) {
      await new ClaimTable(table).put(key, name, user);
      return (breaking: TableClient) => new ClaimTable(breaking).release(key, name, user);
    },
  },
  {
    name: 'IntentTable.replace',
    calls: ['intent-table replaceRow'],
    isSuccess: Boolean,
    async prepare(table: TableClient) {
      await new IntentTable(table).put(key, [intent]);
      const [read] = await new IntentTable(table).get(key, user);
      return (breaking: TableClient) =>
        new IntentTable(breaking).replace(key, { ...read!, attempts: 1 });
    },
  },
  {
    name: 'IntentTable.delete',
    calls: ['intent-table deleteRow'],
    repeatable: true,
    async prepare(table: TableClient) {
      await new IntentTable(table).put(key, [intent]);
      const [read] = await new IntentTable(table).get(key, user);
      return (breaking: TableClient) => new IntentTable(breaking).delete(key, read!);
    },
  },
  {
    name: 'LeaverTable.put',
    calls: ['leaver-table upsertRow', 'leaver-table deleteRow'],
    repeatable: true,
    prepare: async () => (table: TableClient) =>
      new LeaverTable(table).put(key, 'U1', objectId, 'left'),
  },
  {
    name: 'LeaverTable.put, of the opposite',
    calls: ['leaver-table writeRows'],
    repeatable: true,
    async prepare(table: TableClient) {
      await new LeaverTable(table).put(key, 'U1', objectId, 'active');
      return (breaking: TableClient) =>
        new LeaverTable(breaking).put(key, 'U1', objectId, 'left', true);
    },
  },
  {
    name: 'LeaverTable.deleteUser',
    calls: ['leaver-table deleteRow'],
    repeatable: true,
    async prepare(table: TableClient) {
      await new LeaverTable(table).put(key, 'U1', objectId, 'left');
      return (breaking: TableClient) => new LeaverTable(breaking).deleteUser(key, 'U1', objectId);
    },
  },
  {
    name: 'RuleTable.replace',
    calls: ['rule-table writeRows'],
    async prepare(table: TableClient) {
      await new RuleTable(table).replace(key, undefined, rules(1), []);
      const read = await new RuleTable(table).get(key);
      return (breaking: TableClient) => new RuleTable(breaking).replace(key, read, rules(2), []);
    },
  },
  {
    name: 'WorkLeaseTable.take',
    calls: ['work-lease-table createRow'],
    isSuccess: Boolean,
    prepare: async () => (table: TableClient) => lease(table),
  },
  {
    name: 'WorkLeaseTable.take of an expired lease',
    calls: ['work-lease-table replaceRow'],
    isSuccess: Boolean,
    async prepare(table: TableClient) {
      await lease(table);
      return (breaking: TableClient) => leases(breaking).take(key, 'drain', later(61), later(120));
    },
  },
  {
    name: 'WorkLeaseTable.renew',
    calls: ['work-lease-table replaceRow'],
    isSuccess: Boolean,
    async prepare(table: TableClient) {
      const taken = await lease(table);
      return (breaking: TableClient) => leases(breaking).renew(key, 'drain', taken!, later(120));
    },
  },
  {
    name: 'WorkLeaseTable.release',
    calls: ['work-lease-table deleteRow'],
    repeatable: true,
    async prepare(table: TableClient) {
      const taken = await lease(table);
      return (breaking: TableClient) => leases(breaking).release(key, 'drain', taken!);
    },
  },
] as const;
