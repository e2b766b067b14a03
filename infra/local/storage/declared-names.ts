/** Reads the tables and queues of the product from Bicep, which creates the same ones in Azure. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const declaredTables = (root: string) => declaredNames(root, 'tableNames');
export const declaredQueues = (root: string) => declaredNames(root, 'queueNames');

async function declaredNames(root: string, variable: string): Promise<string[]> {
  const bicep = await readFile(join(root, 'infra/azure/storage.bicep'), 'utf8');
  const [, list] = new RegExp(`var ${variable} = \\[([^\\]]*)\\]`).exec(bicep) ?? [];
  const names = Array.from((list ?? '').matchAll(/'([\w-]+)'/g), ([, name]) => name!);
  if (names.length === 0) throw new Error(`infra/azure/storage.bicep declares no ${variable}.`);
  return names;
}
