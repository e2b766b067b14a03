/**
 * `npm run bench`: how long the product's work takes, as ratios within this one run, and what memory it takes. Named
 * benches run alone; `--large` runs the one that takes minutes, `--profile` tells tables apart.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { apiClient } from '../../infra/local/cli/api';
import { projectRoot } from '../../infra/local/emulator/project-root';
import { startStack } from '../../infra/local/stack/stack';
import { declaredTables } from '../../infra/local/storage/table-names';
import type { Bench } from './bench';
import { benchChanges } from './changes';
import { benchExtraction } from './extraction-process';
import { benchHttp } from './http';
import { benchInitial } from './initial';
import { benchLarge } from './large';
import { inMs, printed, rounded } from './report';

const benches: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  http: benchHttp,
  initial: benchInitial,
  changes: benchChanges,
  extraction: benchExtraction,
  large: benchLarge,
};

void main();

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { large: { type: 'boolean' }, profile: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const unnamed = values.large
    ? ['large']
    : Object.keys(benches).filter((name) => name !== 'large');
  const names = positionals.length > 0 ? positionals : unnamed;
  const unknown = names.filter((name) => !(name in benches));
  if (unknown.length > 0)
    throw new Error(`No bench ${unknown.join()}. There are ${Object.keys(benches).join(', ')}.`);

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
      throw reason ?? new Error('The stack was asked to stop.');
    },
  });
  try {
    const { baseUrl, tokens } = stack.description();
    printed('EmulatorContext');
    printed('what a busy process gets of a processor', `${rounded(100 * processorShare())} %`);
    printed('the stack, from nothing to ready', inMs(performance.now() - started));
    const productTables = new Set(await declaredTables(projectRoot()));
    const api = apiClient(baseUrl, tokens.owner);
    const bench = { stack, api, report: printed, profile: values.profile, productTables };
    for (const name of names) await benches[name]!(bench);
  } finally {
    await stack.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

/** Much less than 100 %, and the machine is busy with something else: times will be long, and ratios poor. */
function processorShare(): number {
  const started = process.cpuUsage();
  const began = performance.now();
  while (performance.now() - began < 300);
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1_000 / (performance.now() - began);
}
