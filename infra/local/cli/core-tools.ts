/** `npm run start:func`: the same bundle and stand-ins, under Azure's own host for whoever can download it. */
import { spawn } from 'node:child_process';
import { projectRoot } from '../emulator/project-root';

/** Core Tools read local.settings.json or the environment; the environment wins, so nothing is written. */
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
