/** Two instances of the app that receive the same request of an identity provider at the same time. */
import { ruleSetContent } from '../../../functions/access/rules/role-rule';
import { tableNames } from '../../../functions/azure/tables/table-names';
import { tableStores } from '../../../functions/azure/tables/stores';
import type { Hooks } from '../../../functions/provisioning/directory/commit-service';
import { aRule, objectIdOf } from '../../access/access-context';
import { fakeRoleAssignments } from '../../fakes/role-assignments';
import { fakeSecretStore } from '../../fakes/secret-store';
import {
  connect,
  createGroup,
  createUser,
  patchOp,
  scimClient,
} from '../../provisioning/scim-client';
import { owner } from '../../support/builders';
import { callEndpoint } from '../../support/call-endpoint';
import { testContext } from '../../support/context';
import { useStorage } from '../../support/storage';

const storage = useStorage();
const people = 6;

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

/** People of a group whose rule gives each an assignment, and two instances on the same tables. */
async function openInstances() {
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
  const { key, token } = await connect(contexts[0], { profile: 'okta' });
  const clients = contexts.map(({ services }) => scimClient(services, token));
  const settle = async () => {
    for (const { services } of contexts) await services.drains.settled();
  };
  const [first] = clients;
  const ids: string[] = [];
  for (let n = 0; n < people; n++)
    ids.push(await createUser(first!, `user${n}@contoso.com`, { externalId: objectIdOf(n) }));
  const groupId = await createGroup(first!, 'ADF operators', ids);
  await contexts[0].services.roleRules.replace(key, owner, {
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
    /** All requests at both instances at once; the statuses of each in their order. */
    async send(requests: readonly Request[]): Promise<readonly (readonly number[])[]> {
      const sent = requests.map(async ({ method, path, body }) => {
        const responses = clients.map((scim) => scim(method, path, body && { body }));
        const statuses = (await Promise.all(responses)).map(({ status }) => status);
        return statuses.toSorted((one, other) => one - other);
      });
      const all = await Promise.all(sent);
      await settle();
      return all;
    },
    async actions(): Promise<readonly string[]> {
      const { services } = contexts[0];
      const failed = (error: unknown) => {
        throw error;
      };
      await services.auditLinker.linkAll({ failed, checkpointAdded: () => {} });
      const { json } = await callEndpoint('listAuditEntries', {
        services,
        query: { limit: '100' },
      });
      return json.items.map(({ action }: { action: string }) => action);
    },
  };
}

const countOf = (actions: readonly string[], name: string) =>
  actions.filter((action) => action === name).length;

describe('two instances', () => {
  it.each([
    [
      'a deactivation',
      (id: string) => ({
        method: 'PATCH',
        path: `/Users/${id}`,
        body: patchOp({ op: 'replace', path: 'active', value: false }),
      }),
      [200, 200],
      { 'user.deactivated': people, 'request.unchanged': people },
    ],
    [
      'a deletion',
      (id: string) => ({ method: 'DELETE', path: `/Users/${id}` }),
      [204, 404],
      { 'user.deleted': people, 'request.refused': people },
    ],
    [
      'a removal from the group',
      (id: string, groupId: string) => ({
        method: 'PATCH',
        path: `/Groups/${groupId}`,
        body: patchOp({ op: 'remove', path: `members[value eq "${id}"]` }),
      }),
      [204, 204],
      { 'group.members_changed': people, 'request.unchanged': people },
    ],
  ] as const)(
    'that receive %s make it and its revocation once',
    async (_, toRequest, statuses, records) => {
      const instances = await openInstances();
      const { azure, ids, groupId } = instances;
      const assigned = azure.all().length;

      const responses = await instances.send(ids.map((id) => toRequest(id, groupId)));

      const found = await instances.actions();
      const revoked = azure.calls().filter((call) => call.startsWith('delete'));
      expect(assigned).toBe(people);
      expect(responses).toEqual(ids.map(() => statuses));
      expect(azure.all()).toEqual([]);
      expect(revoked).toHaveLength(people);
      expect(countOf(found, 'grant.revoked')).toBe(people);
      for (const [action, count] of Object.entries(records))
        expect([action, countOf(found, action)]).toEqual([action, count]);
    },
  );
});
