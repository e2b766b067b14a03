/**
 * SCIM through the local host: 1,000 users, a group of 1,000, 16 clients, in turns with scimmy-routers.
 */
import { openScimConnection } from '../../../infra/local/stack/scim-connection';
import type { Bench } from '../bench';
import { loadClient, loadFor, type Load, type LoadClient } from '../load';
import { sampleOf } from '../memory';
import { atLeast, formatMs, formatNumber, type Figure } from '../report';
import { measureFloor, type Cost } from './floor';
import { changeMember, createGroup, createUsers, nameOf, objectIdOf, patch } from './directory';
import { lastSeq, quiet } from './quiet';
import { startScimmy } from './scimmy';

const clients = 16;
const users = 1_000;
const roundMs = 1_500;
const rounds = 2;
/** Entra expects this of every endpoint. */
const leastPerSecond = 25;

/** A server with its users and the group of 1,000. */
interface Filled {
  readonly client: LoadClient;
  readonly pid: number;
  readonly userIds: readonly string[];
  readonly groupId: string;
}

interface Measured extends Load {
  /** Of the process that serves, for each call. The load of the machine does not change it much. */
  readonly processorMs: number;
  /** Of all rounds. */
  readonly allCalls: number;
}

type Call = (server: Filled, n: number) => Promise<unknown>;

interface Operation {
  readonly name: string;
  /** At least so many times as fast as the peer. */
  readonly timesPeer: number;
  /** Requests to storage that the operation cannot do without. */
  readonly cost: Cost;
  /** Requests of one call. */
  readonly requests?: number;
  readonly call: Call;
}

const operations: readonly Operation[] = [
  {
    name: 'GET user',
    timesPeer: 1,
    cost: { reads: 1 },
    call: ({ client, userIds }, n) => client.call('GET', `/Users/${userIds[n % users]}`),
  },
  {
    name: 'filter userName eq',
    timesPeer: 1,
    cost: { reads: 1 },
    call: ({ client }, n) => find(client, `userName eq "${nameOf(n % users)}"`),
  },
  {
    name: 'filter externalId eq',
    timesPeer: 1,
    cost: { reads: 2 },
    call: ({ client }, n) => find(client, `externalId eq "${objectIdOf(n % users)}"`),
  },
  {
    name: 'PATCH active',
    timesPeer: 1,
    cost: { reads: 1, transactions: 1 },
    call: ({ client, userIds }, n) =>
      client.call(
        'PATCH',
        `/Users/${userIds[n % users]}`,
        patch({ op: 'replace', path: 'active', value: Math.floor(n / users) % 2 === 1 }),
      ),
  },
  {
    name: 'member remove + add, group of 1,000',
    timesPeer: 5,
    cost: { reads: 2, transactions: 2 },
    requests: 2,
    call: ({ client, userIds, groupId }, n) => changeMember(client, groupId, userIds[n % users]!),
  },
  {
    name: 'GET group without members',
    timesPeer: 1,
    cost: { reads: 1 },
    call: ({ client, groupId }) =>
      client.call('GET', `/Groups/${groupId}?excludedAttributes=members`),
  },
  // The last one, because users that are a minute old need no look for others.
  {
    name: 'page of 100',
    timesPeer: 5,
    cost: { reads: 3 },
    call: ({ client }) => client.call('GET', '/Users?count=100&startIndex=1'),
  },
];

export async function benchScimHttp(bench: Bench): Promise<void> {
  const { stack, report } = bench;
  const { baseUrl, tokens, hostPid } = stack.description();
  const scim = await openScimConnection('', baseUrl, tokens.owner);
  const client = loadClient(scim, clients);
  const peer = await startScimmy();
  const peerClient = peer && loadClient(peer, clients);
  try {
    report(`SCIM over HTTP, ${clients} clients, ${users} users`);
    const ours = await fill(client, hostPid);
    const theirs = peerClient && (await fill(peerClient, peer.pid));
    if (!theirs) report('scimmy-routers', 'cannot be installed, so nothing is compared');
    await quiet(stack);
    const floor = await measureFloor(stack, client, clients, report);
    for (const { name, timesPeer, cost, requests = 1, call } of operations) {
      await stack.settle();
      await quiet(stack);
      const seq = lastSeq(stack);
      const [own, other] = await inTurns([ours, theirs], call);
      report(name, rateOf(own!));
      await stack.settle();
      const toStorage = stack.journal.read({ service: 'storage', since: seq }).length;
      report(
        '  requests to storage, work behind included',
        formatNumber(toStorage / own!.allCalls),
      );
      report(
        '  compared with its floor',
        ratio(own!.perSecond * requests, floor(perRequest(cost, requests))),
      );
      if (other)
        report(
          `  compared with scimmy-routers at ${rateText(other)}`,
          atLeast(own!.perSecond / other.perSecond, timesPeer, 'x'),
        );
    }
  } finally {
    client.close();
    peerClient?.close();
    await peer?.stop();
  }
}

/** Alternates between the servers, so that both meet the same load of the machine. The best rounds. */
async function inTurns(
  servers: readonly (Filled | undefined)[],
  call: Call,
): Promise<readonly (Measured | undefined)[]> {
  const best: (Measured | undefined)[] = servers.map(() => undefined);
  for (let round = 0; round < rounds; round++)
    for (const [index, server] of servers.entries()) {
      if (!server) continue;
      const before = await sampleOf(server.pid);
      const load = await loadFor(roundMs, clients, (n) => call(server, n));
      const after = await sampleOf(server.pid);
      const processorMs = (after.processorMs - before.processorMs) / load.calls;
      const allCalls = (best[index]?.allCalls ?? 0) + load.calls;
      const faster = [best[index], { ...load, processorMs, allCalls }]
        .filter((each) => each !== undefined)
        .toSorted((one, other) => other.perSecond - one.perSecond)[0]!;
      best[index] = { ...faster, allCalls };
    }
  return best;
}

const rateText = ({ perSecond, p99, processorMs }: Measured) =>
  `${formatNumber(perSecond)}/s, p99 ${formatMs(p99)}, ${formatNumber(processorMs)} ms of processor`;

const rateOf = (load: Measured): Figure => ({
  ...atLeast(load.perSecond, leastPerSecond, '/s'),
  text: rateText(load),
});

const ratio = (one: number, other: number) => `${formatNumber(one / other)} x`;

/** The cost of one of the requests that a call consists of. */
const perRequest = ({ reads, transactions = 0 }: Cost, requests: number): Cost => ({
  reads: reads / requests,
  transactions: transactions / requests,
});

const find = (client: LoadClient, filter: string) =>
  client.call('GET', `/Users?filter=${encodeURIComponent(filter)}`);

async function fill(client: LoadClient, pid: number): Promise<Filled> {
  const userIds = await createUsers(client, users);
  return { client, pid, userIds, groupId: await createGroup(client, 'Bench', userIds) };
}
