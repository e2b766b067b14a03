/**
 * Builds the deployed bundle (dist/main.js), the console (dist/console) and the programs that run it
 * locally (dist/local).
 * `--package` also makes the package that is deployed (package.mjs); with `--strict` it must be small
 * enough. `--dev` starts the
 * local stack, rebuilds after each change and restarts what changed. `--clean` removes dist.
 */
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';
import { buildConsole } from './build-console.mjs';
import { makePackage } from './package.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2);
const flags = new Set(args);
const dist = join(root, 'dist');

/**
 * zod exports its messages in fifty languages, of which the product uses one. durable-functions uses
 * one of the hundred functions of validator.
 */
const onlyUsed = {
  name: 'only-used',
  setup({ onLoad }) {
    const reduce = (filter, contents) =>
      onLoad({ filter }, ({ path }) => ({ contents, resolveDir: dirname(path) }));
    reduce(
      /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/,
      "export { default as en } from './en.js';",
    );
    reduce(/[\\/]validator[\\/]index\.js$/, "exports.isURL = require('./lib/isURL').default;");
  },
};

/**
 * Node keeps a source with any other character in twice the memory, and parses it more slowly. esbuild
 * escapes such characters everywhere but in regular expressions.
 */
const asciiOnly = {
  name: 'ascii-only',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]functions[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
      return { contents: source.replace(/[^\0-\x7F]/g, escaped), loader: 'ts' };
    });
  },
};

/** Azurite uses these for its telemetry and for SQL databases. Without them it starts in half the time. */
const unusedByAzurite = {
  name: 'unused-by-azurite',
  setup({ onResolve, onLoad }) {
    const namespace = 'unused';
    onResolve({ filter: /^(applicationinsights|sequelize)$/ }, ({ path }) => ({ path, namespace }));
    onLoad({ filter: /^applicationinsights$/, namespace }, () => ({ contents: '' }));
    onLoad({ filter: /^sequelize$/, namespace }, () => ({ contents: 'exports.Model = class {};' }));
  },
};

/**
 * The Functions worker provides @azure/functions-core by patching `require`, so the bundle is
 * CommonJS and that package stays external.
 */
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
  // Packages that are published as ES modules find their own file by it.
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  // Names of classes and functions stay for logs and stack traces.
  minify: true,
  keepNames: true,
  sourcemap: true,
  sourcesContent: false,
  plugins: [onlyUsed, asciiOnly],
  logLevel: 'warning',
};

const local = {
  ...product,
  minify: false,
  // Drops comments.
  minifyWhitespace: true,
  entryPoints: {
    start: 'infra/local/cli/start.ts',
    idp: 'infra/local/idp/idp.ts',
    audit: 'infra/local/audit/audit.ts',
    host: 'infra/local/function-app/host.ts',
    azurite: 'infra/local/storage/azurite.ts',
    bench: 'test/bench/run.ts',
    extraction: 'test/bench/extraction.ts',
    'cold-start': 'test/bench/cold-start.ts',
    lineage: 'test/bench/lineage/lineage.ts',
    scim: 'test/bench/scim/core.ts',
    certificates: 'infra/local/emulator/certificates.ts',
  },
  outdir: 'dist/local',
  external: ['@azure/functions-core', 'esbuild'],
  plugins: [...product.plugins, unusedByAzurite],
};

/** Rebuilds on change. A new bundle restarts the Functions host, a new emulator the whole stack. */
async function runDevelopment() {
  const options = args.filter((arg) => arg !== '--dev');
  const dataIndex = options.indexOf('--data');
  const dataFolder = resolve(dataIndex < 0 ? join(root, '.local') : options[dataIndex + 1]);
  const inspect = options.some((arg) => arg.startsWith('--inspect')) ? [] : ['--inspect', '9229'];
  let stack;
  let stopping = false;

  const start = () => {
    const program = join(dist, 'local/start.js');
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', program, '--verbose', ...inspect, ...options],
      { stdio: 'inherit' },
    );
    stack = child;
    child.once('exit', (code) => {
      stack = undefined;
      if (stopping) process.exit(code ?? 0);
      console.log('The local stack ended. The next change starts it again.');
    });
  };
  const restartStack = () => {
    if (!stack) return start();
    stack.removeAllListeners('exit');
    stack.once('exit', () => (stopping ? process.exit(0) : start()));
    stack.kill('SIGINT');
  };
  const restartHost = async () => {
    if (!stack) return start();
    try {
      const file = await readFile(join(dataFolder, 'stack.json'), 'utf8');
      const { controlUrl } = JSON.parse(file);
      await fetch(new URL('/host/restart', controlUrl), { method: 'POST' });
      console.log('The Functions host runs the new bundle.');
    } catch {
      restartStack();
    }
  };

  /** Resolves after the first build; calls `rebuilt` after each later one that succeeds. */
  const watch = (config, rebuilt) =>
    new Promise((resolveFirst, reject) => {
      let isFirst = true;
      const afterBuild = {
        name: 'after-build',
        setup({ onEnd }) {
          onEnd(({ errors }) => {
            if (isFirst) resolveFirst();
            else if (errors.length === 0) void rebuilt();
            isFirst = false;
          });
        },
      };
      context({ ...config, plugins: [...config.plugins, afterBuild] })
        .then((watched) => watched.watch())
        .catch(reject);
    });
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => {
      stopping = true;
      if (!stack) process.exit(0);
      // A terminal sends Ctrl-C to the stack as well, and a second signal would end it at once.
      if (!(signal === 'SIGINT' && process.stdin.isTTY)) stack.kill(signal);
    });
  await Promise.all([buildConsole(root), watch(product, restartHost), watch(local, restartStack)]);
  start();
}

if (flags.has('--clean')) {
  await rm(dist, { recursive: true, force: true });
} else if (flags.has('--dev')) {
  await runDevelopment();
} else {
  const [built] = await Promise.all([buildConsole(root), build(product), build(local)]);
  if (flags.has('--package')) await makePackage(root, built, flags.has('--strict'));
}
