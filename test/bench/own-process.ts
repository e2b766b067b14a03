/**
 * Runs benches in their own process, because they import product code and the local stack must
 * not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../infra/local/emulator/project-root';
import { printFigure } from './report';

export const benchExtraction = (): Promise<void> => runProgram('extraction');
export const benchColdStart = (): Promise<void> => runProgram('cold-start');
export const benchScim = (): Promise<void> => runProgram('scim');

export async function benchLineage(): Promise<void> {
  printFigure('Lineage: processor time, one thread');
  for (const part of ['generated', 'public', 'walks']) await runProgram('lineage', part);
}

async function runProgram(name: string, ...args: readonly string[]): Promise<void> {
  const program = join(projectRoot(), `dist/local/${name}.js`);
  const [code] = await once(
    spawn(process.execPath, ['--expose-gc', program, ...args], { stdio: 'inherit' }),
    'exit',
  );
  if (code !== 0) throw new Error(`The bench ${name} exited with code ${code}.`);
}
