/** `npm run bench`: how long the product's work takes, as ratios within this one run, and what memory it takes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiClient } from '../api';
import { startStack } from '../stack';
import { benchHttp } from './http';
import { benchSync } from './sync';
import type { Report } from './report';

void main();

async function main(): Promise<void> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'adf-connect-bench-'));
  const started = performance.now();
  const stack = await startStack({
    dataFolder,
    port: 0,
    factories: [],
    latencyInMs: 0,
    fresh: true,
    log: () => undefined,
    onEnd: (reason) => {
      throw reason ?? new Error('The stack was asked to stop.');
    },
  });
  const report: Report = (name, value) => console.log(`${name.padEnd(64)} ${value}`);
  try {
    report(
      'stack: from nothing to ready',
      `${((performance.now() - started) / 1000).toFixed(2)} s`,
    );
    const { baseUrl, tokens } = stack.description();
    await benchHttp(stack, apiClient(baseUrl, tokens.owner), report);
    await benchSync(stack, apiClient(baseUrl, tokens.owner), report);
  } finally {
    await stack.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
}
