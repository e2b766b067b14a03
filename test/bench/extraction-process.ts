/**
 * Runs the extraction bench in its own process, because it imports product code and the local stack
 * must not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../infra/local/emulator/project-root';

export async function benchExtraction(): Promise<void> {
  const program = join(projectRoot(), 'dist/local/extraction.js');
  const [code] = await once(spawn(process.execPath, [program], { stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new Error(`The extraction bench exited with code ${code}.`);
}
