/** Runs the bench of the extraction, which may import the product's rules: the local stack may not. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../infra/local/emulator/project-root';

export async function benchExtraction(): Promise<void> {
  const program = join(projectRoot(), 'dist/local/extraction.js');
  const [code] = await once(spawn(process.execPath, [program], { stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new Error(`The bench of the extraction ended with code ${code}.`);
}
