/** Public factories, where they lie beside the project: as they are, and as they were some commits ago. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../infra/local/emulator/project-root';

export interface PublicFactory {
  readonly name: string;
  /** To be served. */
  readonly folder: string;
  /** Each holds the files as they were then, and what has become of them since. */
  readonly history: readonly string[];
}

/** Empty when the project stands alone. */
export async function publicFactories(): Promise<PublicFactory[]> {
  const shared = join(projectRoot(), '../shared/fixtures/adf');
  const found = (await foldersIn(shared)).map(async (name) => ({
    name,
    folder: join(shared, name, 'factory-json'),
    history: (await foldersIn(join(shared, name, 'history'))).map((age) =>
      join(shared, name, 'history', age),
    ),
  }));
  return (await Promise.all(found)).filter(({ folder }) => existsSync(folder));
}

async function foldersIn(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
