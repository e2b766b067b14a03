/** Factories as they were some commits ago, and the differences of their files since then. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { kindOfFolder } from '../../../infra/local/resource-manager/factories/kinds';
import { sqlTable, waiting, writeFactory } from './factory-files';
import { publicFixtures } from './fixtures';

export interface PastFactory {
  readonly title: string;
  /** Folder that is served first. */
  readonly before: string;
  /** Folder that is served after that. */
  readonly after: string;
  /** The differences according to git, where they were recorded. */
  readonly git?: Difference;
}

export interface Difference {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Written below `root`: public histories, if they are beside the project, and a small one of our own. */
export async function pastFactories(root: string): Promise<PastFactory[]> {
  const past: PastFactory[] = [];
  for (const { name, folder } of publicFixtures()) {
    const history = join(dirname(folder), 'history');
    if (existsSync(history))
      for (const age of readdirSync(history).sort())
        past.push(await restoreVersion(root, `${name} ${age}`, folder, join(history, age)));
  }
  return [...past, await ownHistory(root)];
}

async function restoreVersion(
  root: string,
  title: string,
  head: string,
  age: string,
): Promise<PastFactory> {
  const recorded = JSON.parse(readFileSync(join(age, 'changes.json'), 'utf8'));
  const before = join(root, title);
  await cp(head, before, { recursive: true });
  for (const file of recorded.presentOnlyAtHead) await rm(join(before, file));
  await cp(join(age, 'files'), before, { recursive: true });
  const git = {
    added: recorded.presentOnlyAtHead,
    changed: recorded.differs,
    removed: recorded.presentOnlyHere,
  };
  return { title, before, after: head, git };
}

/** Two small folders with one change of each kind, a reordered file, and one name in another case. */
async function ownHistory(root: string): Promise<PastFactory> {
  const before = await writeFactory(join(root, 'own-before'), {
    'pipeline/Kept.json': { name: 'Kept', properties: waiting(1) },
    'pipeline/Changed.json': { name: 'Changed', properties: waiting(1) },
    'pipeline/Gone.json': { name: 'Gone', properties: waiting(1) },
    'dataset/Respelled.json': { name: 'Respelled', properties: sqlTable('Sales') },
  });
  const after = await writeFactory(join(root, 'own-after'), {
    'pipeline/Kept.json': { properties: waiting(1), name: 'Kept' },
    'pipeline/Changed.json': { name: 'Changed', properties: waiting(2) },
    'pipeline/New.json': { name: 'New', properties: waiting(3) },
    'dataset/Respelled.json': { name: 'Respelled', properties: sqlTable('sales') },
  });
  return { title: 'a factory of our own', before, after };
}

/** Compares parsed files, so that a different spelling of the same JSON is no change. */
export function fileDifference({ before, after }: PastFactory): Difference {
  const old = contentOf(before);
  const now = contentOf(after);
  return {
    added: [...now.keys()].filter((name) => !old.has(name)).sort(),
    changed: [...now.keys()]
      .filter((name) => old.has(name) && !isDeepStrictEqual(now.get(name), old.get(name)))
      .sort(),
    removed: [...old.keys()].filter((name) => !now.has(name)).sort(),
  };
}

/** `pipeline/name` → content, for each resource with its own file. The key of the factory is `factory`. */
function contentOf(folder: string): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const parent = basename(dirname(file));
    if (!file.endsWith('.json') || (parent !== 'factory' && !kindOfFolder(parent))) continue;
    const { name, ...content } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    found.set(nameOf(file, name), content.properties ?? content);
  }
  return found;
}

/** Common key of a file and a catalog entry: kind and name in lower case. */
export const nameOf = (file: string, name?: string) => {
  const kind = basename(dirname(file)).toLowerCase();
  return kind === 'factory'
    ? 'factory'
    : `${kind}/${(name ?? basename(file, '.json')).toLowerCase()}`;
};
