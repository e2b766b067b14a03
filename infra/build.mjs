/**
 * Builds what is deployed (dist/main.js) and what runs it on one machine (dist/local).
 * `--package` also lays out dist/package, the folder that is zipped and deployed; `--clean` removes dist.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const flags = new Set(process.argv.slice(2));
const dist = join(root, 'dist');

/** The worker hands out @azure/functions-core by patching require, so the bundle is CommonJS and must ask for it. */
const product = {
  absWorkingDir: root,
  entryPoints: { main: 'functions/index.ts' },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['@azure/functions-core'],
  conditions: ['import'],
  mainFields: ['module', 'main'],
  keepNames: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
};

const local = {
  ...product,
  entryPoints: {
    start: 'infra/local/cli/start.ts',
    host: 'infra/local/function-app/host.ts',
    azurite: 'infra/local/storage/azurite.ts',
    bench: 'test/bench/run.ts',
    extraction: 'test/bench/extraction.ts',
    certificates: 'infra/local/emulator/certificates.ts',
  },
  outdir: 'dist/local',
  external: ['@azure/functions-core', 'azurite', 'esbuild'],
};

/** What the deployed folder declares: the entry alone, since everything else is in the bundle. */
async function layOutPackage() {
  const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const folder = join(dist, 'package');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'package.json'),
    `${JSON.stringify({ name, version, main: 'main.js' }, null, 2)}\n`,
  );
  for (const file of ['host.json', 'dist/main.js', 'dist/main.js.map'])
    await cp(join(root, file), join(folder, file.replace('dist/', '')));
}

if (flags.has('--clean')) {
  await rm(dist, { recursive: true, force: true });
} else if (flags.has('--watch')) {
  for (const options of [product, local]) await (await context(options)).watch();
} else {
  await Promise.all([build(product), build(local)]);
  if (flags.has('--package')) await layOutPackage();
}
