/** Stores of access rules in memory. The contract test holds them to the adapters. */
import type { AttachedRow, DirectoryKey } from '../../functions/access/directory';
import type { OwnedAssignment, Subject } from '../../functions/access/grants/assignment';
import type { DriftReport } from '../../functions/access/grants/drift';
import type { BreakerState } from '../../functions/access/intents/breaker';
import {
  intentColumns,
  intentRowKey,
  target,
  toAttachedRow,
  urgencies,
  type Intent,
} from '../../functions/access/intents/intent';
import type {
  AssignmentClaim,
  AssignmentStore,
  ClaimStore,
  IntentStore,
  LeaverStore,
  RuleStore,
  WorkLeaseStore,
} from '../../functions/access/ports';
import type { PrincipalState } from '../../functions/access/principals/principal';
import type { RuleSet } from '../../functions/access/rules/role-rule';
import { StaleError } from '../../functions/errors/app-error';
import type { Stored } from '../../functions/storage/stored';

const partition = ({ tenantId, connectionId }: DirectoryKey) => `${tenantId}|${connectionId}`;
const stale = (code: string) => new StaleError(code, 'stale');

function withoutEtag<T>(stored: Stored<T>): T {
  const { etag: _, ...value } = stored;
  return value as T;
}

/** Values by partition and key, sorted by key, with etags. */
function fakeTable<T extends object>() {
  const rows = new Map<string, Stored<T>>();
  let version = 0;
  const id = (key: DirectoryKey, rowKey: string) => `${partition(key)}/${rowKey}`;
  const withPrefix = (key: DirectoryKey, prefix: string): Stored<T>[] =>
    [...rows]
      .filter(([name]) => name.startsWith(id(key, prefix)))
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([, row]) => row);
  return {
    get: (key: DirectoryKey, rowKey: string) => rows.get(id(key, rowKey)),
    put(key: DirectoryKey, rowKey: string, value: T) {
      const stored = { ...value, etag: `W/"${++version}"` };
      rows.set(id(key, rowKey), stored);
      return stored;
    },
    delete: (key: DirectoryKey, rowKey: string) => void rows.delete(id(key, rowKey)),
    withPrefix,
  };
}

export interface FakeIntentStore extends IntentStore {
  /** Stores rows as the transaction of a change does. */
  attach(key: DirectoryKey, rows: readonly AttachedRow[]): void;
  all(key: DirectoryKey): readonly Intent[];
}

export function fakeIntentStore(): FakeIntentStore {
  const table = fakeTable<Intent>();
  const put = (key: DirectoryKey, intent: Intent) =>
    void table.put(key, intentRowKey(intent.urgency, intent.target), intent);
  const current = (key: DirectoryKey, { urgency, target: of }: Intent) =>
    table.get(key, intentRowKey(urgency, of));
  const store: FakeIntentStore = {
    attach(key, rows) {
      for (const { rowKey, columns } of rows) {
        const [, urgency, kind, ...id] = rowKey.split('-');
        put(key, {
          ...intentColumns.parse(columns),
          urgency: urgencies.find((each) => each === urgency)!,
          target: target.parse({ kind, id: id.join('-') }),
        });
      }
    },
    all: (key) => table.withPrefix(key, 'intent-').map(withoutEtag),
    async listDue(key, urgency, now, limit) {
      return table
        .withPrefix(key, `intent-${urgency}-`)
        .filter(({ dueAt }) => dueAt <= now.toISOString())
        .slice(0, limit);
    },
    async get(key, of) {
      return urgencies.flatMap((urgency) => table.get(key, intentRowKey(urgency, of)) ?? []);
    },
    async put(key, intents) {
      for (const intent of intents) put(key, intent);
    },
    async replace(key, { etag, ...intent }) {
      if (current(key, intent)?.etag !== etag) return false;
      put(key, intent);
      return true;
    },
    async delete(key, { etag, ...intent }) {
      if (current(key, intent)?.etag === etag) table.delete(key, toAttachedRow(intent).rowKey);
    },
    async count(key) {
      const all = store.all(key);
      const [oldest] = all.map(({ requestedAt }) => requestedAt).toSorted();
      return {
        revoke: all.filter(({ urgency }) => urgency === 'revoke').length,
        grant: all.filter(({ urgency }) => urgency === 'grant').length,
        held: all.filter(({ problem }) => problem === 'held').length,
        ...(oldest !== undefined && { oldestRequestedAt: oldest }),
      };
    },
    async hasHeld(key, problem, besides) {
      return store
        .all(key)
        .some((each) => each.problem === problem && each.target.id !== besides?.id);
    },
    async release(key, problem, now) {
      for (const intent of store.all(key))
        if (intent.problem === problem) put(key, { ...intent, dueAt: now.toISOString() });
    },
  };
  return store;
}

export interface FakeAssignmentStore extends AssignmentStore {
  /** Audit rows that were written together with assignments. */
  attached(): readonly AttachedRow[];
  all(key: DirectoryKey): readonly OwnedAssignment[];
}

export function fakeAssignmentStore(): FakeAssignmentStore {
  const owned = fakeTable<{ readonly value: OwnedAssignment }>();
  const principals = fakeTable<{ readonly value: PrincipalState; readonly subject: Subject }>();
  const breakers = fakeTable<BreakerState>();
  const drifts = fakeTable<DriftReport>();
  const rows: AttachedRow[] = [];
  const idOf = ({ kind, id }: Subject) => `${kind}-${id}`;
  const rowKey = ({ subject, name }: OwnedAssignment) => `${idOf(subject)}-${name}`;
  const all = (key: DirectoryKey, prefix = '') =>
    owned.withPrefix(key, prefix).map(({ value }) => value);
  return {
    attached: () => rows,
    all: (key) => all(key),
    listOfSubject: async (key, subject) => all(key, `${idOf(subject)}-`),
    async *listAll(key) {
      yield* all(key);
    },
    async list(key, { limit, continuation }) {
      const from = Number(continuation ?? 0);
      const items = all(key).slice(from, from + limit);
      const more = all(key).length > from + limit;
      return { items, ...(more && { continuation: String(from + limit) }) };
    },
    async put(key, assignment, attached = []) {
      owned.put(key, rowKey(assignment), { value: assignment });
      rows.push(...attached);
    },
    async delete(key, assignment, attached = []) {
      if (!owned.get(key, rowKey(assignment))) return;
      owned.delete(key, rowKey(assignment));
      rows.push(...attached);
    },
    getPrincipal: async (key, subject) => principals.get(key, idOf(subject))?.value,
    async putPrincipal(key, subject, value) {
      principals.put(key, idOf(subject), { value, subject });
    },
    async deletePrincipal(key, subject) {
      principals.delete(key, idOf(subject));
    },
    async listPendingPrincipals(key, limit) {
      return principals
        .withPrefix(key, '')
        .flatMap(({ value, subject }) => (value.state === 'pending' ? { ...value, subject } : []))
        .slice(0, limit);
    },
    getBreaker: async (key) => breakers.get(key, 'breaker'),
    async replaceBreaker(key, before, after, attached = []) {
      if (breakers.get(key, 'breaker')?.etag !== before?.etag)
        throw stale('revocation_count_changed');
      breakers.put(key, 'breaker', after);
      rows.push(...attached);
    },
    async getDrift(key) {
      const { etag: _, ...report } = drifts.get(key, 'drift') ?? { etag: '' };
      return drifts.get(key, 'drift') && (report as DriftReport);
    },
    async putDrift(key, report) {
      drifts.put(key, 'drift', report);
    },
  };
}

export function fakeRuleStore(attach?: FakeIntentStore['attach']): RuleStore {
  const current = fakeTable<RuleSet>();
  const versions = fakeTable<RuleSet>();
  return {
    get: async (key) => current.get(key, 'current'),
    async listVersions(key, { limit, continuation }) {
      const all = versions.withPrefix(key, '').map(withoutEtag);
      const from = Number(continuation ?? 0);
      const items = all.slice(from, from + limit);
      return { items, ...(all.length > from + limit && { continuation: String(from + limit) }) };
    },
    async replace(key, before, after, attached) {
      if (current.get(key, 'current')?.etag !== before?.etag) throw stale('role_rules_changed');
      current.put(key, 'current', after);
      versions.put(key, String(1_000_000 - after.version), after);
      attach?.(
        key,
        attached.filter(({ rowKey }) => rowKey.startsWith('intent-')),
      );
    },
  };
}

export function fakeWorkLeaseStore(): WorkLeaseStore {
  const leases = fakeTable<{ readonly until: number }>();
  return {
    async take(key, name, now, until) {
      const held = leases.get(key, name);
      if (held && held.until > now.getTime()) return undefined;
      return { etag: leases.put(key, name, { until: until.getTime() }).etag };
    },
    async renew(key, name, { etag }, until) {
      if (leases.get(key, name)?.etag !== etag) return undefined;
      return { etag: leases.put(key, name, { until: until.getTime() }).etag };
    },
    async release(key, name, { etag }) {
      if (leases.get(key, name)?.etag !== etag) return false;
      leases.delete(key, name);
      return true;
    },
  };
}

export function fakeClaimStore(): ClaimStore {
  interface Claim extends AssignmentClaim {
    readonly name: string;
  }
  const claims = new Map<string, Claim>();
  const id = (key: DirectoryKey, name: string, { kind, id: of }: Subject) =>
    `${key.tenantId}/${name}/${key.connectionId}-${kind}-${of}`;
  return {
    async put(key, name, subject) {
      claims.set(id(key, name, subject), { key, name, subject });
    },
    async release(key, name, subject) {
      claims.delete(id(key, name, subject));
      return [...claims.values()]
        .filter((each) => each.name === name && each.key.tenantId === key.tenantId)
        .map((each) => ({ key: each.key, subject: each.subject }));
    },
    async listNames(tenantId) {
      return new Set(
        [...claims.values()].flatMap(({ key, name }) => (key.tenantId === tenantId ? name : [])),
      );
    },
  };
}

export function fakeLeaverStore(): LeaverStore {
  const rows = new Map<
    string,
    { readonly key: DirectoryKey; readonly objectId: string; readonly state: 'active' | 'left' }
  >();
  const id = (key: DirectoryKey, userId: string, objectId: string) =>
    `${partition(key)}|${userId}|${objectId}`;
  const inTenant = (tenantId: string) =>
    [...rows.values()].filter(({ key }) => key.tenantId === tenantId);
  return {
    async put(key, userId, objectId, state) {
      rows.set(id(key, userId, objectId), { key, objectId, state });
    },
    async deleteUser(key, userId, objectId) {
      rows.delete(id(key, userId, objectId));
    },
    async listLeavers(tenantId) {
      return new Set(
        inTenant(tenantId)
          .filter(({ state }) => state === 'left')
          .map(({ objectId }) => objectId),
      );
    },
    isActive: async (tenantId, objectId) =>
      inTenant(tenantId).some((each) => each.objectId === objectId && each.state === 'active'),
    async deleteConnection(key) {
      for (const [name, row] of rows) if (partition(row.key) === partition(key)) rows.delete(name);
    },
  };
}
