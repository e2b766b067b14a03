/** Requests to the emulators, read from the journal of the stack. */
import type { JournalEntry } from '../../../infra/local/emulator/journal';
import type { RunningStack } from './stack';

/** Last known end of each journal, so that only newer entries are read. */
const knownEnds = new WeakMap<RunningStack, number>();

/** Where the journal ends now. Later requests have a higher number. */
export async function endOfJournal(stack: RunningStack): Promise<number> {
  const known = knownEnds.get(stack) ?? 0;
  const entries = await stack.control<JournalEntry[]>('GET', `/journal?since=${known}`);
  const end = entries.at(-1)?.seq ?? known;
  knownEnds.set(stack, end);
  return end;
}

export async function requestsSince(
  stack: RunningStack,
  since: number,
  service: JournalEntry['service'],
): Promise<JournalEntry[]> {
  return stack.control<JournalEntry[]>('GET', `/journal?service=${service}&since=${since}`);
}

/** Number of written rows by table: `resources` → 120. */
export async function rowsWritten(
  stack: RunningStack,
  since: number,
): Promise<Record<string, number>> {
  const written: Record<string, number> = {};
  for (const { method, path } of await requestsSince(stack, since, 'storage')) {
    if (method === 'GET' || isWatermark(path)) continue;
    for (const [table, rows] of tablesOf(path)) written[table] = (written[table] ?? 0) + rows;
  }
  return written;
}

/** The watermark of run history moves with time, even without changes. */
const isWatermark = (path: string) => /syncState.*'runs(?:%7C|\|)/i.test(path);

/** Tables of `/account/$batch resources ×100, edges ×3`, or of the single row `/account/resources(…)`. */
function tablesOf(path: string): [string, number][] {
  if (path.includes('$batch'))
    return [...path.matchAll(/(\w+) ×(\d+)/g)].map(([, table, rows]) => [table!, Number(rows)]);
  const [, table] = /^\/[^/]+\/(\w+)(?:\(|\?|$)/.exec(path) ?? [];
  return table === undefined ? [] : [[table, 1]];
}
