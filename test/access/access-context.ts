/**
 * Access rules on fakes: a directory that changes as provisioning changes it, and an Azure in memory.
 * Time passes only when a test calls `wait`.
 */
import type { AuditRecord } from '../../functions/audit/audit-record';
import type {
  AttachedRow,
  DirectoryChange,
  DirectoryKey,
  DirectoryMember,
  DirectoryResource,
  ResourceTypeName,
} from '../../functions/access/directory';
import { LeaverCheck } from '../../functions/access/leavers/leaver-check';
import type { DirectoryReader, RoleAssignments } from '../../functions/access/ports';
import { ruleSetContent, type RoleRule } from '../../functions/access/rules/role-rule';
import { accessServices } from '../../functions/access/services';
import type { Page, PageRequest } from '../../functions/storage/page';
import {
  fakeAssignmentStore,
  fakeClaimStore,
  fakeIntentStore,
  fakeLeaverStore,
  fakeRuleStore,
  fakeWorkLeaseStore,
} from '../fakes/access-stores';
import { fakePrincipalDirectory, fakeRoleAssignments } from '../fakes/role-assignments';
import { fakeWorkRequests } from '../fakes/work-requests';
import { now as aMoment, owner } from '../support/builders';

export const roleIds = {
  contributor: '673868aa-7521-48a0-acc6-0f60742d39f5',
  operator: '2d6b5f0e-7c5c-4d8e-9f57-0c1d5a3e8b21',
  reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
} as const;

const subscription = '/subscriptions/c0c0a000-0000-4000-8000-0000000000f1';
export const resourceGroup = `${subscription}/resourceGroups/rg-data`;
export const factory = (name: string) =>
  `${resourceGroup}/providers/Microsoft.DataFactory/factories/${name}`;

export const objectIdOf = (n: number) => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** A rule that gives Operator on one factory to a group of the name. */
export const aRule = (changes: Partial<RoleRule> = {}): RoleRule => ({
  id: 'operators',
  match: { kind: 'group_name', value: 'ADF operators' },
  role: 'operator',
  scopes: [factory('adf-prod')],
  principalMode: 'user',
  ...changes,
});

interface Options {
  readonly breaker?: { readonly count: number; readonly share: number };
  readonly roleAssignments?: Partial<RoleAssignments>;
}

export function accessContext({ breaker, roleAssignments = {} }: Options = {}) {
  let time = aMoment.getTime();
  const now = () => new Date(time);
  const key: DirectoryKey = { tenantId: owner.tenantId, connectionId: 'scim-1' };
  const connections = new Map<string, { id: string; deletingSince?: string }>([
    ['scim-1', { id: 'scim-1' }],
  ]);
  const intentStore = fakeIntentStore();
  const assignmentStore = fakeAssignmentStore();
  const claimStore = fakeClaimStore();
  const leaverStore = fakeLeaverStore();
  const leases = fakeWorkLeaseStore();
  const workRequests = fakeWorkRequests();
  const azure = fakeRoleAssignments();
  const graph = fakePrincipalDirectory();
  const directories = new Map<string, FakeDirectory>();
  const directoryOf = ({ connectionId }: DirectoryKey): FakeDirectory => {
    const found = directories.get(connectionId) ?? fakeDirectory();
    directories.set(connectionId, found);
    return found;
  };
  const records: AuditRecord[] = [];
  const ruleRecords: AuditRecord[] = [];
  const auditTrail = {
    rowOf: (record: AuditRecord): AttachedRow => {
      if (record.action === 'rules.changed') ruleRecords.push(record);
      return {
        rowKey: `audit-${records.length}`,
        columns: { record: JSON.stringify(record) },
      };
    },
    async append(record: AuditRecord) {
      records.push(record);
    },
  };
  const leaverCheck = new LeaverCheck({ leaverStore, now, onFailure: 'open' });
  const services = accessServices({
    directory: () => ({
      get: (of, ...rest) => directoryOf(of).get(of, ...rest),
      list: (of, ...rest) => directoryOf(of).list(of, ...rest),
      listMembers: (of, ...rest) => directoryOf(of).listMembers(of, ...rest),
      groupsOf: (of, ...rest) => directoryOf(of).groupsOf(of, ...rest),
    }),
    connections: {
      get: async ({ connectionId }) => connections.get(connectionId),
      list: async () => [...connections.values()],
      async *listKeys() {
        for (const connectionId of connections.keys()) yield { ...key, connectionId };
      },
    },
    ruleStore: fakeRuleStore((of, rows) => intentStore.attach(of, rows)),
    intentStore,
    workLeaseStore: leases,
    assignmentStore,
    claimStore,
    leaverStore,
    workRequests,
    leaverCheck,
    roleAssignments: { ...azure, ...roleAssignments },
    principalDirectory: graph,
    roleIds,
    breakerLimits: breaker ?? { count: 10, share: 0.2 },
    auditTrail,
    now,
    wait: async (ms) => void (time += ms),
  });

  /** As provisioning does it: rows and intents in one step, then the hook. */
  async function change(changed: Partial<Omit<DirectoryChange, 'key'>>, of = key): Promise<void> {
    await store(changed, of);
    await services.access.afterChange({ key: of, ...noChange, ...changed });
    await services.drains.settled();
  }

  /** As another instance does it: what goes on in the background is not waited for. */
  async function changeElsewhere(changed: Partial<Omit<DirectoryChange, 'key'>>): Promise<void> {
    await store(changed);
    await services.access.afterChange({ key, ...noChange, ...changed });
  }

  /** The change alone, as if the host was killed after its transaction. */
  async function store(changed: Partial<Omit<DirectoryChange, 'key'>>, of = key): Promise<void> {
    const whole = { key: of, ...noChange, ...changed };
    directoryOf(of).apply(whole);
    intentStore.attach(of, services.access.intentsOf(whole));
  }

  return {
    services,
    key,
    azure,
    graph,
    intentStore,
    assignmentStore,
    claimStore,
    leaverStore,
    leases,
    workRequests,
    leaverCheck,
    connections,
    now,
    wait: (seconds: number) => void (time += seconds * 1_000),
    change,
    changeElsewhere,
    store,
    /** All records, of transactions and others, by action. */
    audited: () => [
      ...assignmentStore
        .attached()
        .map(({ columns }) => JSON.parse(String(columns['record'])) as AuditRecord),
      ...records,
    ],
    rulesAudited: () => ruleRecords,
    async setRules(rules: readonly RoleRule[], of = key): Promise<void> {
      await services.roleRules.replace(of, owner, {
        content: ruleSetContent.parse({ rules }),
        reason: 'a test',
        ifMatch: '*',
        confirmRevocations: true,
      });
      await services.drains.settled();
    },
    async drain(): Promise<void> {
      await services.access.drainAll(new Date(time + 60_000));
    },
    reconcile: (of = key) => services.reconciliation.reconcile(of, new Date(time + 60_000)),
    users: (...all: readonly DirectoryResource[]) => all.map((after) => ({ id: after.id, after })),
    directory: directoryOf(key),
  };
}

const noChange = { users: [], groups: [], members: [] };

export const aUser = (n: number, attributes: Record<string, unknown> = {}): DirectoryResource => ({
  id: `U${n}`,
  attributes: {
    userName: `user${n}@contoso.example`,
    externalId: objectIdOf(n),
    active: true,
    ...attributes,
  },
});

export const aGroup = (id: string, displayName: string): DirectoryResource => ({
  id,
  attributes: { displayName },
});

export const memberOf = (
  groupId: string,
  memberId: string,
  effect: 'added' | 'removed' = 'added',
  memberType: ResourceTypeName = 'User',
) => ({ groupId, memberId, memberType, effect });

interface FakeDirectory extends DirectoryReader {
  apply(change: DirectoryChange): void;
}

function fakeDirectory(): FakeDirectory {
  const resources = { User: new Map(), Group: new Map() } as Record<
    ResourceTypeName,
    Map<string, DirectoryResource>
  >;
  const members = new Map<string, DirectoryMember[]>();
  const page = <T>(all: readonly T[], { limit, continuation }: PageRequest): Page<T> => {
    const from = Number(continuation ?? 0);
    const more = all.length > from + limit;
    return {
      items: all.slice(from, from + limit),
      ...(more && { continuation: String(from + limit) }),
    };
  };
  return {
    apply({ users, groups, members: changed }) {
      for (const [type, all] of [
        ['User', users],
        ['Group', groups],
      ] as const)
        for (const { id, after } of all)
          if (after) resources[type].set(id, after);
          else resources[type].delete(id);
      for (const { groupId, memberId: id, memberType: type, effect } of changed) {
        const others = (members.get(groupId) ?? []).filter((member) => member.id !== id);
        members.set(groupId, effect === 'added' ? [...others, { id, type }] : others);
      }
    },
    get: async (_, type, id) => resources[type].get(id),
    list: async (_, type, request) => page([...resources[type].values()], request),
    listMembers: async (_, groupId, request) =>
      page(
        (members.get(groupId) ?? []).filter(({ id, type }) => resources[type].has(id)),
        request,
      ),
    groupsOf: async (_, memberId) =>
      [...members]
        .filter(([, all]) => all.some(({ id }) => id === memberId))
        .flatMap(([id]) => resources.Group.get(id) ?? []),
  };
}
