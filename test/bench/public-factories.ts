/** Public factories in a folder beside the project, with their state at earlier commits. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../infra/local/emulator/project-root';

export interface PublicFactory {
  readonly name: string;
  /** Folder that the emulator can serve. */
  readonly folder: string;
  /** Folders of earlier commits: their files, and a list of later changes. */
  readonly history: readonly string[];
}

/** Empty without such a folder. */
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
