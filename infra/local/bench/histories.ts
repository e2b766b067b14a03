/** Public factories as they were some commits ago, where they lie beside the project. */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { projectRoot } from '../project';

export interface PastFactory {
  readonly title: string;
  /** To be served first. */
  readonly before: string;
  /** To be served instead. */
  readonly after: string;
  discard(): Promise<void>;
}

const changes = z.object({ presentOnlyAtHead: z.array(z.string()) });

/** Empty when the project stands alone. */
export async function publicHistories(): Promise<PastFactory[]> {
  const shared = join(projectRoot(), '../shared/fixtures/adf');
  if (!existsSync(shared)) return [];
  const past: PastFactory[] = [];
  for (const name of (await readdir(shared)).sort()) {
    const history = join(shared, name, 'history');
    if (!existsSync(history)) continue;
    for (const age of (await readdir(history)).sort())
      past.push(
        await travelBack(`${name} ${age}`, join(shared, name, 'factory-json'), history, age),
      );
  }
  return past;
}

/** What is there today, without what has come since, and with the earlier form of the rest. */
async function travelBack(title: string, after: string, history: string, age: string) {
  const folder = join(history, age);
  const before = await mkdtemp(join(tmpdir(), 'adf-connect-history-'));
  const { presentOnlyAtHead } = changes.parse(
    JSON.parse(await readFile(join(folder, 'changes.json'), 'utf8')),
  );
  await cp(after, before, { recursive: true });
  for (const file of presentOnlyAtHead) await rm(join(before, file));
  await cp(join(folder, 'files'), before, { recursive: true });
  return { title, before, after, discard: () => rm(before, { recursive: true, force: true }) };
}
