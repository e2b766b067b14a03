/** The tables of the product, as the infrastructure declares them: Bicep makes them in Azure, the stack here. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export async function declaredTables(root: string): Promise<string[]> {
  const bicep = await readFile(join(root, 'infra/azure/storage.bicep'), 'utf8');
  const [, list] = /var tableNames = \[([^\]]*)\]/.exec(bicep) ?? [];
  const names = Array.from((list ?? '').matchAll(/'(\w+)'/g), ([, name]) => name!);
  if (names.length === 0) throw new Error('infra/azure/storage.bicep declares no tableNames.');
  return names;
}
