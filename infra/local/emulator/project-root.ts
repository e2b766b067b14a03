/** Finds the project folder, from the sources as well as from dist. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

export function projectRoot(from = __dirname): string {
  if (existsSync(join(from, 'host.json')) && existsSync(join(from, 'infra'))) return from;
  if (dirname(from) === from) throw new Error('The project folder with host.json was not found.');
  return projectRoot(dirname(from));
}
