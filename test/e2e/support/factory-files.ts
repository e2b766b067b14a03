/** Writes factories for tests, in the folder layout that Data Factory uses in git. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** `files`: `pipeline/Load.json` → content. Returns the folder. */
export async function writeFactory(
  folder: string,
  files: Readonly<Record<string, unknown>>,
): Promise<string> {
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), JSON.stringify(content));
  }
  return folder;
}

export const waiting = (seconds: number) => ({
  activities: [{ name: 'Wait', type: 'Wait', typeProperties: { waitTimeInSeconds: seconds } }],
});

export const sqlTable = (table: string) => ({
  type: 'AzureSqlTable',
  linkedServiceName: { referenceName: 'Warehouse', type: 'LinkedServiceReference' },
  typeProperties: { table },
});

export interface Numbers {
  readonly pipelines: readonly number[];
  readonly datasets: readonly number[];
}

/** Pipelines and datasets with numbers as names, in the order of their pages. */
export const numbered = (
  { pipelines, datasets }: Numbers,
  /** Table of the n-th dataset. */
  tableOf = (n: number) => `T${n}`,
): Record<string, unknown> => ({
  'linkedService/Warehouse.json': {
    name: 'Warehouse',
    properties: { type: 'AzureSqlDatabase', typeProperties: { server: 's', database: 'd' } },
  },
  ...Object.fromEntries([
    ...pipelines.map((n) => [
      `pipeline/${named('P', n)}.json`,
      { name: named('P', n), properties: waiting(n) },
    ]),
    ...datasets.map((n) => [
      `dataset/${named('D', n)}.json`,
      { name: named('D', n), properties: sqlTable(tableOf(n)) },
    ]),
  ]),
});

export const named = (letter: string, n: number) => `${letter}${String(n).padStart(4, '0')}`;

export const upTo = (length: number) => Array.from({ length }, (_, n) => n + 1);
