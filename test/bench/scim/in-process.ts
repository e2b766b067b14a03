/**
 * Processor time of the SCIM endpoint alone: token, limits, diagnostics and JSON included, with storage
 * in memory and without the host. Needs no stack.
 */
import { patchOp, scimContext, type ScimClient } from '../../provisioning/scim-client';
import { formatMs, printFigure } from '../report';
import { nameOf, objectIdOf, userOf } from './directory';

/** Few, because storage in memory has no index. */
const users = 100;
const warmUps = 2_000;
const calls = 2_000;
const rounds = 4;

export async function benchEndpoint(): Promise<void> {
  const { scim } = await scimContext();
  const ids: string[] = [];
  for (let n = 0; n < users; n++)
    ids.push((await scim('POST', '/Users', { body: userOf(n) })).json.id);
  const find = (filter: string) => scim('GET', `/Users?filter=${encodeURIComponent(filter)}`);
  printFigure('SCIM endpoint: one thread, storage in memory, without the host');
  await report('GET user', (n) => scim('GET', `/Users/${ids[n % users]}`));
  await report('filter userName eq', (n) => find(`userName eq "${nameOf(n % users)}"`));
  await report('filter externalId eq', (n) => find(`externalId eq "${objectIdOf(n % users)}"`));
  await report('PATCH active', (n) => patchActive(scim, ids, n));
}

function patchActive(scim: ScimClient, ids: readonly string[], n: number) {
  const value = Math.floor(n / users) % 2 === 1;
  const body = patchOp({ op: 'replace', path: 'active', value });
  return scim('PATCH', `/Users/${ids[n % users]}`, { body });
}

async function report(
  name: string,
  call: (n: number) => Promise<{ readonly status: number }>,
): Promise<void> {
  let n = 0;
  const repeat = async (times: number) => {
    const started = process.cpuUsage();
    for (let done = 0; done < times; done++) {
      const { status } = await call(n++);
      if (status !== 200) throw new Error(`${name} responded with ${status}.`);
    }
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1_000 / times;
  };
  await repeat(warmUps);
  const costs: number[] = [];
  for (let round = 0; round < rounds; round++) costs.push(await repeat(calls));
  printFigure(name, `${formatMs(Math.min(...costs))} of processor`);
}
