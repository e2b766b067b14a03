/** Who sees what: tokens, subscriptions, Resource Graph and role assignments. */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { roleIds } from '../../../infra/local/resource-manager/roles/role-definitions';
import { startResourceManager } from '../../../infra/local/resource-manager/resource-manager';
import { sampleSubscriptions } from '../../../infra/local/resource-manager/subscriptions';
import { sample } from '../../../infra/local/seed/sample';
import {
  askedManager,
  reader,
  sampleGroup,
  stranger,
  tokenFor,
  type AskedManager,
} from '../../support/resource-manager';

const production = `/subscriptions/${sample.contoso.subscription.subscriptionId}`;
const factory = `${sampleGroup}/providers/Microsoft.DataFactory/factories/orders-factory`;
const owner = 'c0c0a000-0000-4000-8000-0000000000ee';
const query = "resources | where type =~ 'microsoft.datafactory/factories'";

let azure: AskedManager;
beforeEach(async () => {
  azure = await askedManager();
});
afterEach(() => azure.stop());

describe('tokens', () => {
  it.each([
    ['no token', null, 'AuthenticationFailed'],
    ['a token of somebody else', 'garbage@', 'InvalidAuthenticationToken'],
  ])('given %s, when anything is asked, then it is refused', async (_, as, code) => {
    const answer = await azure.ask('GET', '/subscriptions?api-version=2022-12-01', { as });

    expect(answer).toMatchObject({ status: 401, body: { error: { code } } });
    expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
  });

  it('given a token of another tenant, when a factory is read, then the tenant is named', async () => {
    const as = tokenFor(stranger, sample.home.tenantId);

    const answer = await azure.ask('GET', `${factory}?api-version=2018-06-01`, { as });

    expect(answer).toMatchObject({
      status: 401,
      body: { error: { code: 'InvalidAuthenticationTokenTenant' } },
    });
  });
});

describe('what a principal sees', () => {
  it('given a reader of the sample, when subscriptions are listed, then the one without a role is missing', async () => {
    const { body } = await azure.ask('GET', '/subscriptions?api-version=2022-12-01');

    const { production: first, finance, development } = sampleSubscriptions;
    expect(body.value.map(({ displayName }: any) => displayName)).toEqual(
      [first, finance, development].map(({ displayName }) => displayName),
    );
    expect(body.count.value).toBe(3);
  });

  it('given a stranger, when it looks around, then it sees nothing and is told so where it insists', async () => {
    const listed = await azure.ask('GET', '/subscriptions?api-version=2022-12-01', {
      as: stranger,
    });
    const found = await graph({ query }, stranger);
    const read = await azure.ask('GET', `${factory}?api-version=2018-06-01`, { as: stranger });

    expect(listed.body.value).toEqual([]);
    expect(found.body.data).toEqual([]);
    expect(read).toMatchObject({ status: 403, body: { error: { code: 'AuthorizationFailed' } } });
    expect(read.body.error.message).toContain('Microsoft.DataFactory/factories/read');
  });

  it('given a role on one factory alone, when it is used, then that factory opens and its neighbours do not', async () => {
    azure.manager.generateFactory({ name: 'neighbour', pipelines: 1 });
    await azure.manager.grant({ scope: factory, roleId: roleIds.reader, principalId: stranger });

    const own = await azure.ask('GET', `${factory}/pipelines?api-version=2018-06-01`, {
      as: stranger,
    });
    const other = await azure.ask(
      'GET',
      `${factory.replace('orders-factory', 'neighbour')}?api-version=2018-06-01`,
      { as: stranger },
    );
    const found = await graph({ query }, stranger);

    expect([own.status, other.status]).toEqual([200, 403]);
    expect(found.body.data.map(({ name }: any) => name)).toEqual(['orders-factory']);
  });

  it('given the operator role, when linked services are listed, then they stay closed', async () => {
    const roleId = roleIds.dataFactoryOperator;
    await azure.manager.grant({ scope: factory, roleId, principalId: stranger });

    const ask = (kind: string) =>
      azure.ask('GET', `${factory}/${kind}?api-version=2018-06-01`, { as: stranger });

    expect((await ask('pipelines')).status).toBe(200);
    expect((await ask('linkedservices')).status).toBe(403);
  });

  it('given a subscription that is not there, when it is asked for, then it is not found', async () => {
    const answer = await azure.ask('GET', `/subscriptions/${randomUUID()}?api-version=2022-12-01`);

    expect(answer).toMatchObject({
      status: 404,
      body: { error: { code: 'SubscriptionNotFound' } },
    });
  });
});

describe('Resource Graph', () => {
  it('given factories, when all are asked for, then each comes with tags, location and the quota', async () => {
    const { body, headers } = await graph({ query });

    expect(body).toMatchObject({ totalRecords: 1, count: 1, resultTruncated: 'false' });
    expect(body.data[0]).toMatchObject({
      id: factory,
      type: 'microsoft.datafactory/factories',
      location: 'northeurope',
      tags: { team: 'orders' },
      tenantId: sample.contoso.tenantId,
    });
    expect(headers.get('x-ms-user-quota-remaining')).toMatch(/^\d+$/);
    expect(headers.get('x-ms-user-quota-resets-after')).toMatch(/^\d\d:\d\d:\d\d$/);
  });

  it('given seven factories, when pages of three are asked for, then tokens lead through all of them', async () => {
    for (let number = 1; number <= 6; number++)
      azure.manager.generateFactory({ name: `more-${number}` });
    const names: string[] = [];
    let $skipToken: string | undefined;
    do {
      const asked = {
        query: `${query} | project id, name | order by name asc`,
        options: { $top: 3, $skipToken },
      };
      const { body } = await graph(asked);
      names.push(...body.data.map(({ name }: any) => name));
      $skipToken = body.$skipToken;
    } while ($skipToken);

    expect(names).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((number) => `more-${number}`),
      'orders-factory',
    ]);
  });

  it.each([
    [
      "resources | where type == 'microsoft.datafactory/factories' and location in~ ('NorthEurope')",
      1,
    ],
    ["Resources | where type =~ 'Microsoft.DataFactory/factories' | limit 0", 0],
    ["resources | where type =~ 'microsoft.compute/virtualmachines'", 0],
    ["resources | where tags.team != 'orders'", 0],
  ])('given the query %s, when it runs, then it finds %i', async (text, length) => {
    const { body } = await graph({ query: text });

    expect(body.data).toHaveLength(length);
  });

  it.each(['resources | summarize count()', 'resources | where type', 'securityresources', ''])(
    'given the query "%s", when it runs, then it is refused as invalid',
    async (text) => {
      const answer = await graph({ query: text });

      expect(answer).toMatchObject({
        status: 400,
        body: { error: { code: 'BadRequest', details: [{ code: 'InvalidQuery' }, {}] } },
      });
    },
  );

  it('given another subscription, when the query is limited to it, then nothing is found', async () => {
    const { body } = await graph({
      query,
      subscriptions: [sampleSubscriptions.development.subscriptionId],
    });

    expect(body.data).toEqual([]);
  });
});

describe('role assignments', () => {
  const properties = {
    roleDefinitionId: `${production}/providers/Microsoft.Authorization/roleDefinitions/${roleIds.dataFactoryContributor}`,
    principalId: stranger,
    principalType: 'User',
    description: 'by us',
  };
  const path = (name: string) =>
    `${factory}/providers/Microsoft.Authorization/roleAssignments/${name}?api-version=2022-04-01`;
  const put = (name: string, given: object = properties) =>
    azure.ask('PUT', path(name), { as: owner, body: { properties: given } });

  beforeEach(() =>
    azure.manager.grant({
      scope: production,
      roleId: roleIds.accessAdministrator,
      principalId: owner,
    }),
  );

  it('given a new one, when it is put twice and deleted twice, then both ends are reached once', async () => {
    const name = randomUUID();

    const statuses = [await put(name), await put(name)].map(({ status }) => status);
    const read = await azure.ask('GET', path(name));
    const deleted = [
      await azure.ask('DELETE', path(name), { as: owner }),
      await azure.ask('DELETE', path(name), { as: owner }),
    ].map(({ status }) => status);

    expect([...statuses, ...deleted]).toEqual([201, 201, 200, 204]);
    expect(read.body).toMatchObject({
      name,
      type: 'Microsoft.Authorization/roleAssignments',
      properties: { ...properties, scope: factory, createdBy: owner },
    });
  });

  it.each([
    ['another name for the same', randomUUID(), {}, 409, 'RoleAssignmentExists'],
    [
      'another role under the name',
      'same',
      { roleDefinitionId: roleIds.reader },
      409,
      'RoleAssignmentUpdateNotPermitted',
    ],
    [
      'nobody we know, without a type',
      randomUUID(),
      { principalId: randomUUID(), principalType: undefined },
      400,
      'PrincipalNotFound',
    ],
    [
      'a role that is none',
      randomUUID(),
      { roleDefinitionId: randomUUID() },
      400,
      'RoleDefinitionDoesNotExist',
    ],
    ['a name that is no GUID', 'mine', {}, 400, 'InvalidRoleAssignmentId'],
  ])('given %s, when it is put, then it is refused', async (_, name, changes, status, code) => {
    const first = randomUUID();
    await put(first);

    const answer = await put(name === 'same' ? first : name, { ...properties, ...changes });

    expect(answer).toMatchObject({ status, body: { error: { code } } });
  });

  it('given a mere reader, when it puts one, then it may not', async () => {
    const answer = await azure.ask('PUT', path(randomUUID()), { body: { properties } });

    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'AuthorizationFailed' } } });
  });

  it.each([
    [`principalId eq '${stranger}'`, 1],
    [`assignedTo('${reader}')`, 1],
    ['atScope()', 7],
    ['atScope() and ' + `principalId eq '${stranger}'`, 1],
  ])(
    'given the filter %s, when they are listed at the factory, then %i come',
    async (filter, length) => {
      await put(randomUUID());

      const { body } = await azure.ask(
        'GET',
        `${factory}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=${encodeURIComponent(filter)}`,
      );

      expect(body.value).toHaveLength(length);
    },
  );

  it('given role definitions, when one is looked up by name, then its actions are told', async () => {
    const { body } = await azure.ask(
      'GET',
      `${production}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01&$filter=roleName eq 'Data Factory Contributor'`,
    );

    expect(body.value).toMatchObject([
      { name: roleIds.dataFactoryContributor, properties: { type: 'BuiltInRole' } },
    ]);
  });

  it('given a restart, when the data folder is the same, then it remembers, for its owner’s eyes only', async () => {
    const name = randomUUID();
    await put(name);
    await azure.manager.revoke(reader);
    await azure.manager.stop();

    const again = await startResourceManager(azure.surroundings, {
      verify: async () => ({ oid: owner, tid: sample.contoso.tenantId, aud: '' }),
      factories: [],
      latencyMs: 0,
    });
    const kept = await fetch(again.url + path(name));
    const all = await fetch(`${again.url}${path('')}`.replace('/?', '?'));
    await again.stop();

    expect(kept.status).toBe(200);
    const holders = ((await all.json()) as any).value.map(
      (each: any) => each.properties.principalId,
    );
    expect(holders).not.toContain(reader);
    const file = await stat(
      join(azure.surroundings.dataFolder, 'resource-manager/role-assignments.json'),
    );
    expect(file.mode & 0o077).toBe(0);
  });
});

const graph = (body: object, as = reader) =>
  azure.ask('POST', '/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01', {
    as,
    body,
  });
