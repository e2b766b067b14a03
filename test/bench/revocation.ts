/** Time until the role assignments of a leaver are gone in Resource Manager, while grants wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './bench';
import { openAzureClient } from '../../infra/local/cli/azure-client';
import { openScimConnection } from '../../infra/local/stack/scim-connection';
import { loadClient, type LoadClient } from './load';
import { atMost, formatMs } from './report';

const leavers = 20;
const queued = 1_000;
const clients = 16;
const pauseMs = 10;
const longestMs = 120_000;
const group =
  '/subscriptions/c0c0a000-0000-4000-8000-0000000000f1/resourceGroups/rg-data/providers/Microsoft.DataFactory/factories';
const scope = `${group}/adf-bench`;
const urn = 'urn:ietf:params:scim';

interface RoleAssignments {
  readonly value: readonly { readonly properties: { readonly principalId: string } }[];
}

export async function benchRevocation({ stack, api, report }: Bench): Promise<void> {
  const { baseUrl, tokens } = stack.description();
  const scim = await openScimConnection('', baseUrl, tokens.owner);
  report(`Revocations while ${queued} grants are queued`);
  const client = loadClient(scim, clients);
  const azure = await openAzureClient(stack.description());
  const holders = async () => {
    const path = `${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()`;
    const { value } = await azure.call<RoleAssignments>('GET', path);
    return new Set(value.map(({ properties }) => properties.principalId));
  };
  try {
    const { items } = await api.call<{ items: { id: string }[] }>(
      'GET',
      '/api/provisioning/connections',
    );
    const rule = { id: 'bench', match: { kind: 'group_name', value: 'Queued' }, role: 'reader' };
    await api.call(
      'PUT',
      `/api/provisioning/connections/${items[0]!.id}/role-rules`,
      { rules: [{ ...rule, scopes: [scope] }], reason: 'bench' },
      { 'if-match': '"v0"' },
    );
    const ids = await createPeople(client);
    const members = ids.map((value) => ({ value }));
    const created = await client.call('POST', '/Groups', {
      schemas: [`${urn}:schemas:core:2.0:Group`],
      displayName: 'Queued',
      members: members.slice(0, leavers),
    });
    await until(async () => {
      const found = await holders();
      return ids.slice(0, leavers).every((_, n) => found.has(objectIdOf(n)));
    });
    await client.call('PATCH', `/Groups/${created.id}`, {
      schemas: [`${urn}:api:messages:2.0:PatchOp`],
      Operations: [{ op: 'add', path: 'members', value: members.slice(leavers) }],
    });
    const durations: number[] = [];
    for (let n = 0; n < leavers; n++) {
      const startedAt = performance.now();
      await client.call('PATCH', `/Users/${ids[n]}`, {
        schemas: [`${urn}:api:messages:2.0:PatchOp`],
        Operations: [{ op: 'replace', path: 'active', value: false }],
      });
      await until(async () => !(await holders()).has(objectIdOf(n)));
      durations.push(performance.now() - startedAt);
    }
    const waiting = queued - (await holders()).size;
    durations.sort((a, b) => a - b);
    report('grants that still wait after the last leaver', String(waiting));
    report('time to revocation, p50', formatMs(durations[Math.floor(leavers / 2)]!));
    report(
      'time to revocation, p95',
      atMost(durations[Math.ceil(leavers * 0.95) - 1]!, 3_000, 'ms'),
    );
  } finally {
    client.close();
    azure.close();
  }
}

const objectIdOf = (n: number) => `bbbbbbbb-0000-4000-8000-${String(n).padStart(12, '0')}`;

async function createPeople(client: LoadClient): Promise<string[]> {
  const ids: string[] = [];
  let next = 0;
  const worker = async () => {
    while (next < leavers + queued) {
      const n = next++;
      const { id } = await client.call('POST', '/Users', {
        schemas: [`${urn}:schemas:core:2.0:User`],
        userName: `queued${n}@bench.example`,
        externalId: objectIdOf(n),
        active: true,
      });
      ids[n] = id;
    }
  };
  await Promise.all(Array.from({ length: clients }, worker));
  return ids;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + longestMs;
  while (!(await isTrue())) {
    if (performance.now() > endsAt) throw new Error('Resource Manager does not show the change.');
    await sleep(pauseMs);
  }
}
