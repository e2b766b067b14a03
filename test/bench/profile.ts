/** `--profile`: time, requests and rows of a sync per table. */
import { formatMs, formatNumber, type Report } from './report';
import type { SyncFigures } from './sync-figures';

export function reportTables(report: Report, { perTable }: SyncFigures): void {
  const busiestFirst = [...perTable].sort(([, one], [, other]) => other.ms - one.ms);
  for (const [table, { requests, writes, rows, ms }] of busiestFirst)
    report(
      `    ${table}`,
      `${formatMs(ms)} in ${formatNumber(requests)} requests, ${formatNumber(rows)} rows written in ${formatNumber(writes)}`,
    );
}
