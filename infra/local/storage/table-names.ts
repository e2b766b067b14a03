/** Reads the table names of the product from Bicep, which creates the same tables in Azure. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export async function declaredTables(root: string): Promise<string[]> {
  const bicep = await readFile(join(root, 'infra/azure/storage.bicep'), 'utf8');
  const [, list] = /var tableNames = \[([^\]]*)\]/.exec(bicep) ?? [];
  const names = Array.from((list ?? '').matchAll(/'(\w+)'/g), ([, name]) => name!);
  if (names.length === 0) throw new Error('infra/azure/storage.bicep declares no tableNames.');
  return names;
}
