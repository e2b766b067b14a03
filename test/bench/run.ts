/**
 * `npm run bench`: durations as ratios within one run, and memory. Arguments select benches by
 * name; `--large` runs the one that takes minutes, `--profile` reports each table.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { apiClient } from '../../infra/local/cli/api';
import { projectRoot } from '../../infra/local/emulator/project-root';
import { startStack } from '../../infra/local/stack/stack';
import { declaredTables } from '../../infra/local/storage/declared-names';
import type { Bench } from './bench';
import { benchChanges } from './changes';
import { benchHttp } from './http';
import { benchInitial } from './initial';
import { benchLarge } from './large';
import { benchRevocation } from './revocation';
import { benchGroupSizes } from './scim/group-sizes';
import { benchScimHttp } from './scim/http';
import { benchScale } from './scale';
import { benchColdStart, benchExtraction, benchLineage, benchScim } from './own-process';
import { formatMs, printFigure, formatNumber } from './report';

const benches: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  http: benchHttp,
  initial: benchInitial,
  changes: benchChanges,
  extraction: benchExtraction,
  lineage: benchLineage,
  'cold-start': benchColdStart,
  scim: benchScim,
  'scim-http': benchScimHttp,
  'scim-groups': benchGroupSizes,
  revocation: benchRevocation,
  scale: benchScale,
  large: benchLarge,
};

/** Take minutes, so they are named. */
const slow = new Set(['large', 'scim-http', 'scim-groups']);

void main();

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { large: { type: 'boolean' }, profile: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const defaults = values.large
    ? ['large']
    : Object.keys(benches).filter((name) => !slow.has(name));
  const names = positionals.length > 0 ? positionals : defaults;
  const unknown = names.filter((name) => !(name in benches));
  if (unknown.length > 0)
    throw new Error(
      `Unknown bench: ${unknown.join(', ')}. Use ${Object.keys(benches).join(', ')}.`,
    );

  const dataFolder = await mkdtemp(join(tmpdir(), 'adf-connect-bench-'));
  const started = performance.now();
  const stack = await startStack({
    dataFolder,
    port: 0,
    factories: [],
    latencyMs: 0,
    fresh: true,
    inMemory: true,
    log: () => undefined,
    onEnd: (reason) => {
      throw reason ?? new Error('The local stack stopped.');
    },
  });
  try {
    const { baseUrl, tokens } = stack.description();
    printFigure('Environment');
    printFigure('processor share of a busy process', `${formatNumber(100 * processorShare())} %`);
    printFigure('start of the local stack', formatMs(performance.now() - started));
    const productTables = new Set(await declaredTables(projectRoot()));
    const api = apiClient(baseUrl, tokens.owner);
    const bench = { stack, api, report: printFigure, profile: values.profile, productTables };
    for (const name of names) await benches[name]!(bench);
  } finally {
    await stack.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

/**
 * If this is much less than 100 %, the machine is busy, and durations and ratios are unreliable.
 */
function processorShare(): number {
  const started = process.cpuUsage();
  const startedAt = performance.now();
  while (performance.now() - startedAt < 300);
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1_000 / (performance.now() - startedAt);
}
