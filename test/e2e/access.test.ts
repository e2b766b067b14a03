/** From a pushed group to role assignments in Resource Manager, and back when a person leaves. */
import { hostScimClient } from './support/scim';
import { roleAssignmentsAt } from './support/azure';
import { runAccessDemo } from '../../infra/local/idp/access-demo';
import { until } from '../support/until';
import { startRunningStack, type RunningStack } from './support/stack';
import type { ScimClient } from '../provisioning/scim-client';

const operator = '2d6b5f0e-7c5c-4d8e-9f57-0c1d5a3e8b21';
const group =
  '/subscriptions/c0c0a000-0000-4000-8000-0000000000f1/resourceGroups/rg-data/providers/Microsoft.DataFactory/factories';
const scopes = [`${group}/adf-one`, `${group}/adf-two`];
const people = 50;
const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];

let stack: RunningStack;
let scim: ScimClient;
let rules: string;
beforeAll(async () => {
  stack = await startRunningStack({ scim: true });
  const description = await stack.description();
  scim = hostScimClient(description.scim!);
  const { body } = await stack.call('GET', '/api/provisioning/connections');
  rules = `/api/provisioning/connections/${body.items[0].id}/role-rules`;
});
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
});

const objectIdOf = (n: number) => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;

async function pushUser(n: number, attributes: object = {}): Promise<string> {
  const { status, json } = await scim('POST', '/Users', {
    body: {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: `person${n}@contoso.example`,
      externalId: objectIdOf(n),
      active: true,
      ...attributes,
    },
  });
  expect(status).toBe(201);
  return json.id;
}

const setActive = (id: string, value: boolean) =>
  scim('PATCH', `/Users/${id}`, {
    body: { schemas, Operations: [{ op: 'replace', path: 'active', value }] },
  });

/** Object ids of the principals with the role, over both factories. */
async function operators(): Promise<string[]> {
  const description = await stack.description();
  const listed = await Promise.all(
    scopes.map((scope) => roleAssignmentsAt(description, scope, operator)),
  );
  return listed.flat().map((each) => String(each['principalId']));
}

const countOf = async (n: number) =>
  (await operators()).filter((id) => id === objectIdOf(n)).length;

describe('a group of 50 with a rule on two factories', () => {
  const ids: string[] = [];

  it('gets 100 role assignments', async () => {
    const put = await stack.call('PUT', rules, {
      headers: { 'if-match': '"v0"' },
      body: {
        rules: [
          {
            id: 'operators',
            match: { kind: 'group_name', value: 'ADF operators' },
            role: 'operator',
            scopes,
          },
        ],
        reason: 'end to end',
      },
    });
    for (let n = 1; n <= people; n++) ids.push(await pushUser(n));
    const created = await scim('POST', '/Groups', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        displayName: 'ADF operators',
        members: ids.map((value) => ({ value })),
      },
    });

    await until(async () => (await operators()).length === 2 * people, '100 assignments');

    expect([put.status, created.status]).toEqual([200, 201]);
    expect(new Set(await operators()).size).toBe(people);
  });

  it('loses those of a person with her deactivation', async () => {
    const { status } = await setActive(ids[0]!, false);
    // On a busy machine the response may be sent before the assignments are deleted.
    await until(async () => (await countOf(1)) === 0, 'the assignments are deleted');

    expect(status).toBeLessThan(300);
    expect(await operators()).toHaveLength(2 * people - 2);
  });

  it('shows grants with their reasons, and nothing pending', async () => {
    const grants = await stack.call('GET', rules.replace('role-rules', 'grants?limit=5'));
    const status = await stack.call('GET', rules.replace('role-rules', 'access'));

    expect(grants.body.items).toHaveLength(5);
    expect(grants.body.items[0]).toMatchObject({
      role: 'operator',
      status: 'assigned',
      subject: { name: expect.stringContaining('@contoso.example') as string },
      reasons: [{ ruleId: 'operators' }],
    });
    expect(status.body.pending).toMatchObject({ revocations: 0, held: 0 });
  });

  it('loses those of a person although the host is killed before', async () => {
    const { hostPid } = await stack.description();
    await stack.control('POST', '/faults', {
      service: 'resource-manager',
      path: 'DELETE .*roleAssignments',
      kind: 'kill',
      count: 1,
    });

    await setActive(ids[1]!, false).catch(() => undefined);
    await until(async () => (await countOf(2)) === 0, 'the assignments are deleted');
    await until(async () => (await stack.description()).hostPid !== hostPid, 'another host is up');

    expect(await operators()).toHaveLength(2 * people - 4);
  });

  it('converges while a third of the calls fail', async () => {
    const failing = { service: 'resource-manager', path: '(PUT|DELETE) .*roleAssignments' };
    for (const fault of [
      { kind: 'status', status: 429, retryAfterSeconds: 1 },
      { kind: 'status', status: 500 },
      { kind: 'reset' },
    ])
      await stack.control('POST', '/faults', { ...failing, ...fault, rate: 0.1, count: 4 });

    await Promise.all(ids.slice(2, 6).map((id) => setActive(id, false)));
    await Promise.all(ids.slice(0, 2).map((id) => setActive(id, true)));
    const leavers = [3, 4, 5, 6].map(objectIdOf);
    await until(async () => {
      const all = await operators();
      // The number alone is right for a moment, too, while some leavers are still there.
      return all.length === 2 * (people - 4) && !leavers.some((id) => all.includes(id));
    }, 'all changes are made');
    await stack.control('DELETE', '/faults');

    const all = await operators();
    expect(new Set(all).size).toBe(people - 4);
    expect(await countOf(1)).toBe(2);
    expect(await countOf(3)).toBe(0);
  });
});

describe('a token of a person who left', () => {
  it('is refused, and accepted after a reactivation', async () => {
    const { sample } = await stack.description();
    const grace = sample.users[1]!;
    const me = async () => (await stack.call('GET', '/api/me', { as: 'member' })).status;
    const id = await pushUser(900, { userName: grace.username, externalId: grace.objectId });
    const before = await me();

    await setActive(id, false);
    await until(async () => (await me()) === 401, 'the token is refused');
    await setActive(id, true);
    await until(async () => (await me()) === 200, 'the token is accepted');

    expect(before).toBe(200);
  });
});

describe('the demo of access', () => {
  it('shows three role assignments, then two, each time it runs', async () => {
    const { scim: access, ...description } = await stack.description();
    const lines: string[] = [];
    const run = () =>
      runAccessDemo(
        { ...description, scim: access! },
        { scope: scopes[0]!, print: (line) => lines.push(line) },
      );

    await run();
    await run();

    const holders = lines
      .map((line) => /^ {4}(.*), Data Factory Operator$/.exec(line)?.[1])
      .filter((name) => name !== undefined);
    const [leaver, ...others] = ['Katherine Johnson', 'Hedy Lamarr', 'Annie Easley'];
    const once = [leaver, ...others, ...others];
    expect(holders).toEqual([...once, ...once]);
    expect(lines.join()).toMatch(/three role assignments, \d+ ms after the group was pushed/);
    expect(lines.join()).toMatch(/gone \d+ ms after the request was sent/);
  });
});
