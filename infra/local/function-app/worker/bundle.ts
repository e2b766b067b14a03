/** Loads the deployed bundle: the file that `main` in the package.json of a folder names. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export function loadBundle(root: string): void {
  const declared = join(root, 'package.json');
  if (!existsSync(declared)) throw new Error(`${root} has no package.json.`);
  const { main } = JSON.parse(readFileSync(declared, 'utf8')) as { main?: string };
  if (!main) throw new Error(`${declared} has no "main".`);
  const file = join(root, main);
  if (!existsSync(file)) throw new Error(`${file} is missing. Run npm run build first.`);
  try {
    createRequire(declared)(file);
  } catch (error) {
    throw new Error(`${file} cannot be loaded: ${errorText(error)}`, { cause: error });
  }
}

const errorText = (error: unknown) => (error instanceof Error ? error.message : String(error));
