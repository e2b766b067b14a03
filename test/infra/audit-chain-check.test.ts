/** The command that verifies an export agrees with the product on what a chain is. */
import type { AuditRecord } from '../../functions/audit/audit-record';
import { canonicalEntry, link } from '../../functions/audit/chain';
import { ChainCheck } from '../../infra/local/audit/chain-check';
import { now, owner } from '../support/builders';

const { tenantId } = owner;
const record: AuditRecord = {
  at: now.toISOString(),
  tenantId,
  actor: { kind: 'person', objectId: 'o1', displayName: 'Ada 😀 "Countess"' },
  action: 'user.changed',
  changes: [
    { path: 'emails', before: [{ value: 'ä', primary: true }], after: { b: 1.5, a: null } },
  ],
};
const { entries } = link(
  undefined,
  [1, 2, 3, 4].map((n) => ({ id: String(n), record })),
  now,
);
const lines = entries.map((entry) => canonicalEntry(entry));

function faultIn(given: readonly string[]) {
  const check = new ChainCheck();
  for (const line of given) {
    const fault = check.add(line);
    if (fault) return fault;
  }
  return undefined;
}

describe('ChainCheck', () => {
  it('accepts an export, also from a later entry on', () => {
    expect(faultIn(lines)).toBeUndefined();
    expect(faultIn(lines.slice(2))).toBeUndefined();
  });

  it.each([
    ['changed', lines.with(1, lines[1]!.replace('Ada', 'Eve')), 2],
    ['missing', lines.toSpliced(2, 1), 3],
    ['repeated', lines.toSpliced(2, 0, lines[1]!), 2],
    ['swapped', [lines[0]!, lines[2]!, lines[1]!, lines[3]!], 2],
  ])('names an entry that is %s', (_, given, seq) => {
    expect(faultIn(given)).toMatchObject({ seq });
  });
});
