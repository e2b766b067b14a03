/** Public factories at an earlier commit, in folders that the emulator can serve. */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { publicFactories } from './public-factories';

export interface PastFactory {
  readonly title: string;
  /** Folder of the earlier state. */
  readonly before: string;
  /** Folder of the current state. */
  readonly after: string;
  readonly discard: () => Promise<void>;
}

const changes = z.object({ presentOnlyAtHead: z.array(z.string()) });

export async function publicHistories(): Promise<PastFactory[]> {
  const past: PastFactory[] = [];
  for (const { name, folder, history } of await publicFactories())
    for (const age of history) past.push(await restoreCommit(name, folder, age));
  return past;
}

/** Copies the current files, deletes later ones and restores the earlier content of the others. */
async function restoreCommit(name: string, after: string, age: string): Promise<PastFactory> {
  const before = await mkdtemp(join(tmpdir(), 'adf-connect-history-'));
  const { presentOnlyAtHead } = changes.parse(
    JSON.parse(await readFile(join(age, 'changes.json'), 'utf8')),
  );
  await cp(after, before, { recursive: true });
  for (const file of presentOnlyAtHead) await rm(join(before, file));
  await cp(join(age, 'files'), before, { recursive: true });
  return {
    title: `${name} ${basename(age)}`,
    before,
    after,
    discard: () => rm(before, { recursive: true, force: true }),
  };
}
