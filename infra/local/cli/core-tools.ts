/**
 * `npm run start:func`: runs the bundle under Azure Functions Core Tools, against the same
 * emulators.
 */
import { spawn } from 'node:child_process';
import { projectRoot } from '../emulator/project-root';

/** The settings are passed as environment variables, which override local.settings.json. */
export function runCoreTools(settings: Readonly<Record<string, string>>, port: number): void {
  const origin = `http://127.0.0.1:${port}`;
  const child = spawn(
    'npx',
    ['--yes', 'azure-functions-core-tools@4', 'start', '--port', String(port)],
    {
      cwd: projectRoot(),
      stdio: 'inherit',
      env: {
        ...process.env,
        ...settings,
        FUNCTIONS_WORKER_RUNTIME: 'node',
        PUBLIC_URL: origin,
      },
    },
  );
  child.on('error', (error) => console.error(`Azure Functions Core Tools: ${error.message}`));
}
