/**
 * Builds the bundle, makes the certificate authority that the emulators of a test run share, and
 * starts jest with that authority trusted: Node reads NODE_EXTRA_CA_CERTS once, when it starts.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (...args) => {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

run('infra/build.mjs', '--package');
const { ensureCertificates } = createRequire(import.meta.url)(
  join(root, 'dist/local/certificates.js'),
);
const { authorityFile } = await ensureCertificates(join(root, 'dist/test'));

// Workers of jest inherit these. Little of what a test allocates survives it, and all cores are busy.
const collector = ['--max-semi-space-size=64', '--no-parallel-scavenge'];
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const child = spawn(
  process.execPath,
  [
    ...collector,
    '--disable-warning=ExperimentalWarning',
    jest,
    '--config',
    'test/jest.config.js',
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, NODE_EXTRA_CA_CERTS: authorityFile } },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : code));
