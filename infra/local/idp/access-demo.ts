/**
 * The part of `npm run demo` about access: an identity provider pushes three people and a group, a
 * role rule makes them operators of a factory, one of them is disabled and loses the role. Resource
 * Manager is asked after each step, with the milliseconds since the request.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { apiClient, type Api } from '../cli/api';
import { openAzureClient, type AzureClient } from '../cli/azure-client';
import { roleIds } from '../resource-manager/roles/role-definitions';
import type { StackDescription } from '../stack/stack';
import { sampleConnectionName, type ScimAccess } from '../stack/scim-connection';
import { filtered, patch, schemas } from './messages';
import { expectEqual, ScimSession } from './scim-session';

const group = { displayName: 'Data engineers', externalId: 'c0c0a000-0000-4000-8000-0000000000d0' };
const people = [
  ['Katherine Johnson', 'katherine', 'c0c0a000-0000-4000-8000-0000000000d1'],
  ['Hedy Lamarr', 'hedy', 'c0c0a000-0000-4000-8000-0000000000d2'],
  ['Annie Easley', 'annie', 'c0c0a000-0000-4000-8000-0000000000d3'],
] as const;
const ruleId = 'demo-operators';
const longestMs = 60_000;
const pauseMs = 10;

export interface AccessDemoOptions {
  /** The factory on which the people become operators. */
  readonly scope: string;
  readonly print: (line: string) => void;
}

/** May be repeated on one data folder. Throws an Error if a role does not follow. */
export async function runAccessDemo(
  description: StackDescription & { readonly scim: ScimAccess },
  { scope, print }: AccessDemoOptions,
): Promise<void> {
  const session = new ScimSession(description.scim, print);
  const azure = await openAzureClient(description);
  const holders = () => holdersAt(azure, scope);
  try {
    await putRule(apiClient(description.baseUrl, description.tokens.owner), scope);
    print(`\n  An identity provider pushes the group "${group.displayName}" (SCIM):\n`);
    const ids: string[] = [];
    for (const person of people) ids.push(await pushPerson(session, person));
    await pushGroup(session, ids);
    assertExpected(session);
    const groupAt = performance.now();
    await until(async () => (await holders()).length === people.length, 'three role assignments');
    print(
      `\n  Resource Manager has three role assignments, ${since(groupAt)} after the group was pushed:\n`,
    );
    for (const name of await holders()) print(`    ${name}, Data Factory Operator`);

    const [leaver] = people;
    print(`\n  ${leaver[0]} leaves:\n`);
    const leftAt = performance.now();
    await session.step(
      `Disable ${leaver[0]}`,
      'PATCH',
      `/Users/${ids[0]}`,
      { status: 200, check: expectEqual('active', false, (user: Active) => user.active) },
      patch({ op: 'Replace', path: 'active', value: 'False' }),
    );
    assertExpected(session);
    await until(async () => !(await holders()).includes(leaver[0]), 'the revocation');
    print(
      `\n  Her role assignment is gone ${since(leftAt)} after the request was sent. Those of others are left:\n`,
    );
    for (const name of await holders()) print(`    ${name}, Data Factory Operator`);
    print('');
  } finally {
    azure.close();
  }
}

function assertExpected({ results }: ScimSession): void {
  const failed = results.find(({ failure }) => failure !== undefined);
  if (failed) throw new Error(`The demo failed at "${failed.title}": ${failed.failure}`);
}

interface Active {
  readonly active?: boolean;
}
interface Found {
  /** Absent if the request failed. */
  readonly Resources?: readonly { readonly id: string }[];
}
interface RoleRules {
  readonly etag: string;
  readonly highestRoleOnly: boolean;
  readonly rules: readonly { readonly id: string }[];
}

/** Keeps the other rules of the connection. */
async function putRule(api: Api, scope: string): Promise<void> {
  const connections = '/api/provisioning/connections';
  const { items } = await api.call<{ items: { id: string; name: string }[] }>('GET', connections);
  const connection = items.find(({ name }) => name === sampleConnectionName)!;
  const path = `${connections}/${connection.id}/role-rules`;
  const { etag, highestRoleOnly, rules } = await api.call<RoleRules>('GET', path);
  const rule = {
    id: ruleId,
    match: { kind: 'group_name', value: group.displayName },
    role: 'operator',
    scopes: [scope],
  };
  const content = { highestRoleOnly, rules: [...rules.filter(({ id }) => id !== ruleId), rule] };
  const reason = 'Data engineers run the pipelines of the demo.';
  await api.call('PUT', path, { ...content, reason }, { 'if-match': etag });
}

async function pushPerson(
  session: ScimSession,
  [displayName, name, objectId]: (typeof people)[number],
): Promise<string> {
  const found: Found = await session.step(
    `Is ${displayName} there?`,
    'GET',
    filtered('/Users', `externalId eq "${objectId}"`),
    { status: 200 },
  );
  const [user] = found.Resources ?? [];
  const { id } = user
    ? await session.step(
        `Enable ${displayName}`,
        'PATCH',
        `/Users/${user.id}`,
        { status: 200 },
        patch({ op: 'Replace', path: 'active', value: 'True' }),
      )
    : await session.step(
        `Create ${displayName}`,
        'POST',
        '/Users',
        { status: 201 },
        {
          schemas: [schemas.user],
          externalId: objectId,
          userName: `${name}@contoso.example`,
          displayName,
          active: true,
        },
      );
  return id;
}

async function pushGroup(session: ScimSession, memberIds: readonly string[]): Promise<void> {
  const members = memberIds.map((value) => ({ value }));
  const found: Found = await session.step(
    'Is the group there?',
    'GET',
    filtered('/Groups', `displayName eq "${group.displayName}"`, '&excludedAttributes=members'),
    { status: 200 },
  );
  const [existing] = found.Resources ?? [];
  if (existing)
    await session.step(
      'Add its members',
      'PATCH',
      `/Groups/${existing.id}`,
      { status: 204 },
      patch({ op: 'Add', path: 'members', value: members }),
    );
  else
    await session.step(
      'Create the group with its members',
      'POST',
      '/Groups',
      { status: 201 },
      { schemas: [schemas.group], ...group, members },
    );
}

interface RoleAssignmentList {
  readonly value: readonly {
    readonly properties: {
      readonly scope: string;
      readonly principalId: string;
      readonly roleDefinitionId: string;
    };
  }[];
}

/** Names of the people of the demo who are operators, according to Resource Manager. */
async function holdersAt(azure: AzureClient, scope: string): Promise<readonly string[]> {
  const { value } = await azure.call<RoleAssignmentList>(
    'GET',
    `${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()`,
  );
  const principals = new Set(
    value
      .map(({ properties }) => properties)
      .filter((each) => each.scope.toLowerCase() === scope.toLowerCase())
      .filter((each) => each.roleDefinitionId.endsWith(roleIds.dataFactoryOperator))
      .map(({ principalId }) => principalId),
  );
  return people.filter(([, , objectId]) => principals.has(objectId)).map(([name]) => name);
}

async function until(isTrue: () => Promise<boolean>, name: string): Promise<void> {
  const endsAt = performance.now() + longestMs;
  while (!(await isTrue())) {
    if (performance.now() > endsAt)
      throw new Error(`Resource Manager does not show ${name} after ${longestMs / 1_000} seconds.`);
    await sleep(pauseMs);
  }
}

const since = (startedAt: number) => `${Math.round(performance.now() - startedAt)} ms`;
