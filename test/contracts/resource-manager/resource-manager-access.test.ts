/** Access in the Resource Manager emulator: tokens, subscriptions, Resource Graph and role assignments. */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { roleIds } from '../../../infra/local/resource-manager/roles/role-definitions';
import { startResourceManager } from '../../../infra/local/resource-manager/resource-manager';
import { sampleSubscriptions } from '../../../infra/local/resource-manager/subscriptions';
import { sample } from '../../../infra/local/seed/sample';
import {
  startManager,
  reader,
  sampleGroup,
  stranger,
  tokenFor,
  type ManagerClient,
} from '../../support/resource-manager';

const production = `/subscriptions/${sample.contoso.subscription.subscriptionId}`;
const factory = `${sampleGroup}/providers/Microsoft.DataFactory/factories/orders-factory`;
const owner = 'c0c0a000-0000-4000-8000-0000000000ee';
const query = "resources | where type =~ 'microsoft.datafactory/factories'";

let azure: ManagerClient;
beforeEach(async () => {
  azure = await startManager();
});
afterEach(() => azure.stop());

describe('tokens', () => {
  it.each([
    ['no token', null, 'AuthenticationFailed'],
    ['a foreign token', 'garbage@', 'InvalidAuthenticationToken'],
  ])('are required: %s', async (_, as, code) => {
    const response = await azure.request('GET', '/subscriptions?api-version=2022-12-01', { as });

    expect(response).toMatchObject({ status: 401, body: { error: { code } } });
    expect(response.headers.get('www-authenticate')).toContain('invalid_token');
  });

  it('must belong to the tenant of the subscription', async () => {
    const as = tokenFor(stranger, sample.home.tenantId);

    const response = await azure.request('GET', `${factory}?api-version=2018-06-01`, { as });

    expect(response).toMatchObject({
      status: 401,
      body: { error: { code: 'InvalidAuthenticationTokenTenant' } },
    });
  });
});

describe('the view of a principal', () => {
  it('excludes subscriptions without a role', async () => {
    const { body } = await azure.request('GET', '/subscriptions?api-version=2022-12-01');

    const { production: first, finance, development } = sampleSubscriptions;
    expect(body.value.map(({ displayName }: any) => displayName)).toEqual(
      [first, finance, development].map(({ displayName }) => displayName),
    );
    expect(body.count.value).toBe(3);
  });

  it('is nothing without roles, with 403 on direct reads', async () => {
    const listed = await azure.request('GET', '/subscriptions?api-version=2022-12-01', {
      as: stranger,
    });
    const found = await graph({ query }, stranger);
    const read = await azure.request('GET', `${factory}?api-version=2018-06-01`, { as: stranger });

    expect(listed.body.value).toEqual([]);
    expect(found.body.data).toEqual([]);
    expect(read).toMatchObject({ status: 403, body: { error: { code: 'AuthorizationFailed' } } });
    expect(read.body.error.message).toContain('Microsoft.DataFactory/factories/read');
  });

  it('is one factory with a role on that factory', async () => {
    azure.manager.generateFactory({ name: 'neighbour', pipelines: 1 });
    await azure.manager.grant({ scope: factory, roleId: roleIds.reader, principalId: stranger });

    const own = await azure.request('GET', `${factory}/pipelines?api-version=2018-06-01`, {
      as: stranger,
    });
    const other = await azure.request(
      'GET',
      `${factory.replace('orders-factory', 'neighbour')}?api-version=2018-06-01`,
      { as: stranger },
    );
    const found = await graph({ query }, stranger);

    expect([own.status, other.status]).toEqual([200, 403]);
    expect(found.body.data.map(({ name }: any) => name)).toEqual(['orders-factory']);
  });

  it('excludes linked services for the operator role', async () => {
    const roleId = roleIds.dataFactoryOperator;
    await azure.manager.grant({ scope: factory, roleId, principalId: stranger });

    const listStatus = (kind: string) =>
      azure.request('GET', `${factory}/${kind}?api-version=2018-06-01`, { as: stranger });

    expect((await listStatus('pipelines')).status).toBe(200);
    expect((await listStatus('linkedservices')).status).toBe(403);
  });

  it('excludes unknown subscriptions with 404', async () => {
    const response = await azure.request(
      'GET',
      `/subscriptions/${randomUUID()}?api-version=2022-12-01`,
    );

    expect(response).toMatchObject({
      status: 404,
      body: { error: { code: 'SubscriptionNotFound' } },
    });
  });
});

describe('Resource Graph', () => {
  it('returns factories with tags, location and quota headers', async () => {
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

  it('pages with skip tokens', async () => {
    for (let number = 1; number <= 6; number++)
      azure.manager.generateFactory({ name: `more-${number}` });
    const names: string[] = [];
    let $skipToken: string | undefined;
    do {
      const page = {
        query: `${query} | project id, name | order by name asc`,
        options: { $top: 3, $skipToken },
      };
      const { body } = await graph(page);
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
  ])('runs the query %s with %i results', async (text, length) => {
    const { body } = await graph({ query: text });

    expect(body.data).toHaveLength(length);
  });

  it.each(['resources | summarize count()', 'resources | where type', 'securityresources', ''])(
    'rejects the invalid query "%s"',
    async (text) => {
      const response = await graph({ query: text });

      expect(response).toMatchObject({
        status: 400,
        body: { error: { code: 'BadRequest', details: [{ code: 'InvalidQuery' }, {}] } },
      });
    },
  );

  it('limits the query to subscriptions', async () => {
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
    azure.request('PUT', path(name), { as: owner, body: { properties: given } });

  beforeEach(() =>
    azure.manager.grant({
      scope: production,
      roleId: roleIds.accessAdministrator,
      principalId: owner,
    }),
  );

  it('can be created and deleted repeatedly', async () => {
    const name = randomUUID();

    const statuses = [await put(name), await put(name)].map(({ status }) => status);
    const read = await azure.request('GET', path(name));
    const deleted = [
      await azure.request('DELETE', path(name), { as: owner }),
      await azure.request('DELETE', path(name), { as: owner }),
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
      'an unknown principal without a type',
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
    ['a name other than a GUID', 'mine', {}, 400, 'InvalidRoleAssignmentId'],
  ])('reject %s', async (_, name, changes, status, code) => {
    const first = randomUUID();
    await put(first);

    const response = await put(name === 'same' ? first : name, { ...properties, ...changes });

    expect(response).toMatchObject({ status, body: { error: { code } } });
  });

  it('cannot be created by a reader', async () => {
    const response = await azure.request('PUT', path(randomUUID()), { body: { properties } });

    expect(response).toMatchObject({
      status: 403,
      body: { error: { code: 'AuthorizationFailed' } },
    });
  });

  it.each([
    [`principalId eq '${stranger}'`, 1],
    [`assignedTo('${reader}')`, 1],
    ['atScope()', 9],
    ['atScope() and ' + `principalId eq '${stranger}'`, 1],
  ])('are filtered by %s, with %i results', async (filter, length) => {
    await put(randomUUID());

    const { body } = await azure.request(
      'GET',
      `${factory}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=${encodeURIComponent(filter)}`,
    );

    expect(body.value).toHaveLength(length);
  });

  it('have role definitions that are found by name', async () => {
    const { body } = await azure.request(
      'GET',
      `${production}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01&$filter=roleName eq 'Data Factory Contributor'`,
    );

    expect(body.value).toMatchObject([
      { name: roleIds.dataFactoryContributor, properties: { type: 'BuiltInRole' } },
    ]);
  });

  it('survive a restart in a file for the owner only', async () => {
    const name = randomUUID();
    await put(name);
    await azure.manager.revoke(reader);
    await azure.manager.stop();

    const again = await startResourceManager(azure.context, {
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
      join(azure.context.dataFolder, 'resource-manager/role-assignments.json'),
    );
    expect(file.mode & 0o077).toBe(0);
  });
});

const graph = (body: object, as = reader) =>
  azure.request('POST', '/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01', {
    as,
    body,
  });
