/** `--profile`: where the time of a sync went, table by table. */
import { inMs, rounded, type Report } from './report';
import type { SyncFigures } from './sync-figures';

export function reportTables(report: Report, { perTable }: SyncFigures): void {
  const busiestFirst = [...perTable].sort(([, one], [, other]) => other.ms - one.ms);
  for (const [table, { requests, writes, rows, ms }] of busiestFirst)
    report(
      `    ${table}`,
      `${inMs(ms)} in ${rounded(requests)} requests, ${rounded(rows)} rows written in ${rounded(writes)}`,
    );
}
