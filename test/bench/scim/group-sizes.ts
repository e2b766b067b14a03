/**
 * What a change of a member and a read of a group without its members cost in groups of 10, 1,000 and
 * 10,000: requests to storage and processor time, which do not depend on how busy the machine is.
 */
import { openScimConnection } from '../../../infra/local/stack/scim-connection';
import type { Bench } from '../bench';
import { loadClient } from '../load';
import { sampleOf } from '../memory';
import { atMost, formatMs, formatNumber } from '../report';
import { changeMember, createGroup, createUsers } from './directory';
import { lastSeq, quiet } from './quiet';

const sizes = [10, 1_000, 10_000];
/** The first calls compile, and read what a worker remembers. */
const warmUps = 40;
const calls = 20;
const rounds = 6;
/** The work behind ten thousand new users takes minutes. */
const workBehindMs = 4 * 60_000;

interface Cost {
  /** Requests for rows of the group, which are those before the response. */
  readonly requests: number;
  /** Work behind earlier changes included, so the least of all rounds counts. */
  readonly processorMs: number;
}

export async function benchGroupSizes(bench: Bench): Promise<void> {
  const { stack, report } = bench;
  const { baseUrl, tokens } = stack.description();
  const client = loadClient(await openScimConnection('', baseUrl, tokens.owner), 16);
  try {
    report('SCIM: groups of different sizes, one client');
    const users = await createUsers(client, sizes.at(-1)!);
    const groups: string[] = [];
    for (const size of sizes)
      groups.push(await createGroup(client, `Group of ${size}`, users.slice(0, size)));
    await quiet(stack, workBehindMs);
    await compare(bench, 'member remove + add', groups, (groupId, n) =>
      changeMember(client, groupId, users[n % 10]!),
    );
    await compare(bench, 'GET without members', groups, (groupId) =>
      client.call('GET', `/Groups/${groupId}?excludedAttributes=members`),
    );
  } finally {
    client.close();
  }
}

/** Rounds alternate between the groups, so that all meet the same load of the machine. */
async function compare(
  { stack, report }: Bench,
  name: string,
  groups: readonly string[],
  call: (groupId: string, n: number) => Promise<unknown>,
): Promise<void> {
  const costs = groups.map((): Cost[] => []);
  for (const groupId of groups) for (let n = 0; n < warmUps; n++) await call(groupId, n);
  for (let round = 0; round < rounds; round++)
    for (const [index, groupId] of groups.entries())
      costs[index]!.push(await costOf(stack, groupId, (n) => call(groupId, n)));
  const best = costs.map((all) => ({
    requests: Math.min(...all.map(({ requests }) => requests)),
    processorMs: Math.min(...all.map(({ processorMs }) => processorMs)),
  }));
  for (const [index, { requests, processorMs }] of best.entries())
    report(
      `${name}, group of ${formatNumber(sizes[index]!)}`,
      `${formatNumber(requests)} requests, ${formatMs(processorMs)} of processor`,
    );
  for (const [what, figures] of [
    ['requests to storage', best.map(({ requests }) => requests)],
    ['processor time', best.map(({ processorMs }) => processorMs)],
  ] as const)
    report(
      `  ${what}, most against least`,
      atMost(Math.max(...figures) / Math.min(...figures), 1.5, 'x'),
    );
}

async function costOf(
  stack: Bench['stack'],
  groupId: string,
  call: (n: number) => Promise<unknown>,
): Promise<Cost> {
  const { hostPid } = stack.description();
  const seq = lastSeq(stack);
  const before = await sampleOf(hostPid);
  for (let n = 0; n < calls; n++) await call(n);
  const after = await sampleOf(hostPid);
  await stack.settle();
  const requests = stack.journal
    .read({ service: 'storage', since: seq })
    .filter(({ path }) => path.includes(groupId)).length;
  return {
    requests: requests / calls,
    processorMs: (after.processorMs - before.processorMs) / calls,
  };
}
