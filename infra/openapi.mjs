/**
 * Writes the OpenAPI document to dist/openapi.json, for code generators. `--lint` also checks it by
 * the rules in test/redocly.yaml.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = join(root, 'dist/openapi/generator.cjs');
const server = 'https://connect.contoso.com';

await build({
  stdin: {
    contents: `export { endpoints } from './functions/endpoints';
      export { openApi } from './functions/http/openapi/openapi';`,
    resolveDir: root,
    loader: 'ts',
  },
  outfile,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  external: ['@azure/functions-core'],
  logLevel: 'warning',
});
// @azure/functions warns when it is loaded outside of a Functions host, which is intended here.
process.env.NODE_ENV = 'test';
const { endpoints, openApi } = createRequire(import.meta.url)(outfile);
await mkdir(join(root, 'dist'), { recursive: true });
await writeFile(
  join(root, 'dist/openapi.json'),
  `${JSON.stringify(openApi(endpoints, server), null, 2)}\n`,
);

if (process.argv.includes('--lint')) {
  const redocly = join(root, 'node_modules/@redocly/cli/bin/cli.js');
  const { status } = spawnSync(
    process.execPath,
    [redocly, 'lint', '--config=test/redocly.yaml', 'dist/openapi.json'],
    {
      cwd: root,
      stdio: 'inherit',
      // It neither reports its use nor looks for a newer version.
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    },
  );
  process.exitCode = status ?? 1;
}
