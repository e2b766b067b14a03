/**
 * Cold start: what a new worker spends on loading the app, as the deployed bundle and as loose files
 * with their packages. Each load has a process of its own. With the folder of an app as its argument,
 * this program is such a process.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { projectRoot } from '../../infra/local/emulator/project-root';
import { loadBundle } from '../../infra/local/function-app/worker/bundle';
import { createFunctionApp, provideCore } from '../../infra/local/function-app/worker/core-api';
import { atMost, formatMs, formatNumber, printFigure } from './report';

/** What one process spent on loading. */
interface Load {
  readonly processorMs: number;
  readonly ms: number;
  readonly mib: number;
}

const processes = 10;

void (process.argv[2] === undefined ? compare() : load(process.argv[2]));

async function compare(): Promise<void> {
  const root = projectRoot();
  const loose = join(root, 'dist/loose');
  await writeLooseFiles(root, loose);
  const bundled: Load[] = [];
  const unbundled: Load[] = [];
  // In turn, so that both meet the same load of the machine.
  for (let n = 0; n < processes; n++) {
    bundled.push(await loadInProcess(root));
    unbundled.push(await loadInProcess(loose));
  }
  await rm(loose, { recursive: true });
  printFigure(`Cold start: loading the app, median of ${processes} processes`);
  const report = (name: string, loads: readonly Load[]) => {
    const [processorMs, ms, mib] = (['processorMs', 'ms', 'mib'] as const).map((figure) =>
      median(loads.map((each) => each[figure])),
    );
    const times = `${formatMs(processorMs!)} of processor time, ${formatMs(ms!)}`;
    printFigure(name, `${times}, ${formatNumber(mib!)} MiB`);
    return processorMs!;
  };
  const share = report('  bundled', bundled) / report('  loose files', unbundled);
  printFigure('  processor time: bundled / loose', atMost(share, 0.6, 'x'));
}

async function load(root: string): Promise<void> {
  const app = createFunctionApp(() => undefined);
  provideCore(app.core);
  const before = process.cpuUsage();
  const startedAt = performance.now();
  loadBundle(root);
  const { user, system } = process.cpuUsage(before);
  const found: Load = {
    processorMs: (user + system) / 1_000,
    ms: performance.now() - startedAt,
    mib: process.memoryUsage.rss() / 1_048_576,
  };
  process.stdout.write(JSON.stringify(found), () => process.exit());
}

async function loadInProcess(root: string): Promise<Load> {
  const child = spawn(process.execPath, [__filename, root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`Loading ${root} ended with code ${code}.`);
  return JSON.parse(output) as Load;
}

/** One file per module, which requires packages from node_modules. */
async function writeLooseFiles(root: string, folder: string): Promise<void> {
  const source = join(root, 'functions');
  const files = await readdir(source, { recursive: true });
  await build({
    entryPoints: files
      .filter((file) => /(?<!\.d)\.(?:ts|json)$/.test(file) && !file.startsWith('console/web/'))
      .map((file) => join(source, file)),
    outdir: join(folder, 'functions'),
    outbase: source,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    loader: { '.json': 'copy' },
    logLevel: 'warning',
  });
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'adf-connect', main: 'functions/index.js' }),
  );
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)]!;
};
