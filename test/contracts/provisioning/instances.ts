/** Two instances of the app on the same tables, with an Azure in memory. */
import { ruleSetContent } from '../../../functions/access/rules/role-rule';
import { tableNames } from '../../../functions/azure/tables/table-names';
import { tableStores } from '../../../functions/azure/tables/stores';
import type { Hooks } from '../../../functions/provisioning/directory/commit-service';
import { aRule, objectIdOf } from '../../access/access-context';
import { fakeRoleAssignments } from '../../fakes/role-assignments';
import { fakeSecretStore } from '../../fakes/secret-store';
import { connect, createGroup, createUser, scimClient } from '../../provisioning/scim-client';
import { owner } from '../../support/builders';
import { callEndpoint } from '../../support/call-endpoint';
import { testContext } from '../../support/context';
import type { TestStorage } from '../../support/storage';

/** As the API shows it. */
export interface AuditEntry {
  readonly action: string;
  readonly resource?: { readonly id?: string };
  readonly members?: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly changes?: readonly {
    readonly path: string;
    readonly before?: unknown;
    readonly after?: unknown;
  }[];
}

/** So many people are members of a group whose rule gives each an assignment. */
export async function openInstances(storage: TestStorage, people: number) {
  const tables = new Map(
    await Promise.all(tableNames.map(async (name) => [name, await storage.newTable()] as const)),
  );
  const secretStore = fakeSecretStore();
  const azure = fakeRoleAssignments();
  const open = () => {
    const hooks: Hooks = {
      get access() {
        return context.services.access;
      },
    };
    const stores = tableStores((name) => tables.get(name)!);
    const context = testContext({ stores, hooks, secretStore, roleAssignments: azure });
    return context;
  };
  const contexts = [open(), open()] as const;
  const [{ services }] = contexts;
  const { key, token } = await connect(contexts[0], { profile: 'okta' });
  const scim = scimClient(services, token);
  const settle = async () => {
    for (const { services: each } of contexts) await each.drains.settled();
  };
  const ids: string[] = [];
  for (let n = 0; n < people; n++)
    ids.push(await createUser(scim, `user${n}@contoso.com`, { externalId: objectIdOf(n) }));
  const groupId = await createGroup(scim, 'ADF operators', ids);
  await services.roleRules.replace(key, owner, {
    content: ruleSetContent.parse({ rules: [aRule()] }),
    reason: 'a test',
    ifMatch: '*',
    confirmRevocations: true,
  });
  await settle();
  return {
    azure,
    ids,
    groupId,
    clients: [scim, scimClient(contexts[1].services, token)] as const,
    /** What follows in the background, and what timers find later. */
    async drain(): Promise<void> {
      await settle();
      for (const { services: each, wait } of contexts) {
        wait(300);
        await each.access.drainAll(new Date(each.now().getTime() + 60_000));
      }
      await settle();
    },
    /** The audit trail, oldest first. */
    async entries(): Promise<readonly AuditEntry[]> {
      const failed = (error: unknown) => {
        throw error;
      };
      await services.auditLinker.linkAll({ failed, checkpointAdded: () => {} });
      const entries: AuditEntry[] = [];
      let query: Record<string, string> | undefined = { limit: '100' };
      while (query) {
        const { json } = await callEndpoint('listAuditEntries', { services, query });
        entries.push(...json.items);
        query = json.nextLink && Object.fromEntries(new URL(json.nextLink).searchParams);
      }
      return entries.toReversed();
    },
  };
}
