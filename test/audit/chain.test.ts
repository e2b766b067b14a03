/** The chain: whichever entry is changed, dropped, inserted or moved, verification names it. */
import fc from 'fast-check';
import type { AuditAction, AuditEntry, AuditRecord } from '../../functions/audit/audit-record';
import { boundedRecord, maxRecordLength } from '../../functions/audit/bounded-record';
import { genesis, hashOfEntry, link, type ChainHead } from '../../functions/audit/chain';
import { controlsOf } from '../../functions/audit/controls';
import { fromTextColumns, toTextColumns } from '../../functions/audit/text-columns';
import { ChainVerifier, type StoredEntry } from '../../functions/audit/verification';
import { now, owner } from '../support/builders';

const { tenantId } = owner;
fc.configureGlobal({ numRuns: 25 });

const records = fc.array(
  fc.record(
    {
      at: fc.date({ min: now, noInvalidDate: true, max: new Date(now.getTime() + 1e9) }),
      action: fc.constantFrom<AuditAction>('user.created', 'grant.assigned', 'sync.started'),
      detail: fc.string({ unit: 'binary' }),
      changes: fc.array(fc.record({ path: fc.string(), after: fc.jsonValue() })),
      status: fc.integer({ min: 200, max: 500 }),
    },
    { requiredKeys: ['at', 'action'] },
  ),
  { minLength: 3, maxLength: 8 },
);

const chainOf = (given: readonly Omit<AuditRecord, 'tenantId' | 'actor'>[]) =>
  link(
    undefined,
    given.map((record, n) => ({
      id: String(n),
      record: boundedRecord({ tenantId, actor: { kind: 'system' }, ...record }),
    })),
    now,
  );

const linked = records.map((all) =>
  chainOf(all.map((record) => ({ ...record, at: record.at.toISOString() }))),
);

const rowsOf = (entries: readonly AuditEntry[]): StoredEntry[] =>
  // As they are read again: from JSON.
  entries.map((entry) => ({ seq: entry.seq, entry: JSON.parse(JSON.stringify(entry)) }));

const recordsOf = (entries: readonly AuditEntry[], prefix: string) =>
  entries.map((entry, n) => ({
    id: `${prefix}-${n}`,
    record: { ...entry, at: entry.occurredAt },
  }));

const faultIn = (rows: readonly StoredEntry[], head: ChainHead, checkpoints = new Map()) =>
  new ChainVerifier(genesis, tenantId, checkpoints).check(rows, head.seq);

/** A chain and the position of one of its entries. */
const anywhere = fc
  .tuple(linked, fc.nat())
  .map(([chain, n]) => ({ ...chain, n: n % chain.entries.length }));

describe('a chain', () => {
  it('is intact as it was linked, also in several batches', () => {
    fc.assert(
      fc.property(linked, linked, (one, two) => {
        const more = link(one.head, recordsOf(two.entries, 'more'), now);
        const rows = rowsOf([...one.entries, ...more.entries]);

        expect(faultIn(rows, more.head)).toBeUndefined();
      }),
    );
  });

  it('names an entry whose content was changed', () => {
    fc.assert(
      fc.property(anywhere, fc.string(), ({ head, entries, n }, detail) => {
        fc.pre(entries[n]!.detail !== detail);
        const rows = rowsOf(entries).with(n, {
          seq: n + 1,
          entry: { ...entries[n]!, detail },
        });

        expect(faultIn(rows, head)).toEqual({ seq: n + 1, kind: 'changed' });
      }),
    );
  });

  it('names an entry with one flipped digit in a hash', () => {
    fc.assert(
      fc.property(
        anywhere,
        fc.constantFrom('hash', 'prevHash'),
        fc.nat({ max: 63 }),
        ({ head, entries, n }, member, digit) => {
          const entry = entries[n]!;
          const flipped = entry[member][digit] === '0' ? '1' : '0';
          const text = entry[member].slice(0, digit) + flipped + entry[member].slice(digit + 1);
          const rows = rowsOf(entries).with(n, { seq: n + 1, entry: { ...entry, [member]: text } });

          expect(faultIn(rows, head)).toMatchObject({ seq: n + 1, kind: 'changed' });
        },
      ),
    );
  });

  it('names the number of an entry that was dropped', () => {
    fc.assert(
      fc.property(anywhere, ({ head, entries, n }) => {
        expect(faultIn(rowsOf(entries).toSpliced(n, 1), head)).toEqual({
          seq: n + 1,
          kind: 'missing',
        });
      }),
    );
  });

  it('names an entry that was inserted in place of another', () => {
    fc.assert(
      fc.property(anywhere, ({ head, entries, n }) => {
        const moved = rowsOf(entries)
          .toSpliced(n, 0, { seq: n + 1, entry: { ...entries[n]!, action: 'user.deleted' } })
          .map((row, index) => ({ ...row, seq: index + 1 }));

        expect(faultIn(moved, head)).toMatchObject({ seq: n + 1 });
      }),
    );
  });

  it('names an inserted entry whose hash is right', () => {
    fc.assert(
      fc.property(anywhere, ({ head, entries, n }) => {
        const { prevHash } = entries[n]!;
        const forged = { ...entries[n]!, action: 'user.deleted' as const, prevHash };
        const rows = rowsOf(entries).with(n, {
          seq: n + 1,
          entry: { ...forged, hash: hashOfEntry(forged) },
        });
        fc.pre(n + 1 < entries.length);

        // The forged entry fits to the one before; the next one does not fit to it.
        expect(faultIn(rows, head)).toEqual({ seq: n + 2, kind: 'unlinked' });
      }),
    );
  });

  it('names the first of two entries that were swapped', () => {
    fc.assert(
      fc.property(anywhere, ({ head, entries, n }) => {
        fc.pre(n + 1 < entries.length);
        const rows = rowsOf(entries);
        const [one, other] = [rows[n]!, rows[n + 1]!];
        const swapped = rows.with(n, { ...other, seq: one.seq }).with(n + 1, {
          ...one,
          seq: other.seq,
        });

        expect(faultIn(swapped, head)).toEqual({ seq: n + 1, kind: 'moved' });
      }),
    );
  });

  it('that was rewritten from an entry on differs from a checkpoint', () => {
    fc.assert(
      fc.property(anywhere, ({ head, entries, n }) => {
        const before = n === 0 ? undefined : { ...head, ...entries[n - 1]! };
        const rewritten = link(before, recordsOf(entries.slice(n), 'forged'), now);
        const rows = rowsOf([...entries.slice(0, n), ...rewritten.entries]);
        const checkpoints = new Map([[head.seq, head.hash]]);

        expect(faultIn(rows, head)).toBeUndefined();
        expect(faultIn(rows, head, checkpoints)).toEqual({ seq: head.seq, kind: 'checkpoint' });
      }),
    );
  });

  it('of another tenant does not verify', () => {
    const { head, entries } = chainOf([{ at: now.toISOString(), action: 'user.created' }]);

    const fault = new ChainVerifier(genesis, 'other', new Map()).check(rowsOf(entries), head.seq);

    expect(fault).toEqual({ seq: 1, kind: 'moved' });
  });

  it('tells outcomes and controls from the record', () => {
    const at = now.toISOString();
    const { entries } = chainOf([
      { at, action: 'user.deactivated', status: 200 },
      { at, action: 'request.refused', status: 400 },
      { at, action: 'request.unchanged', status: 204 },
      { at, action: 'sync.failed', outcome: 'failed' },
    ]);

    expect(entries.map(({ outcome }) => outcome)).toEqual([
      'succeeded',
      'refused',
      'unchanged',
      'failed',
    ]);
    expect(entries[0]!.controls).toEqual(['CC6.2', 'CC6.3', 'A.5.16', 'A.5.18']);
    expect(controlsOf('grant.revoked')).toContain('A.5.18');
  });

  it('never goes back in time', () => {
    const at = now.toISOString();
    const one = chainOf([{ at, action: 'user.created' }]);
    const record: AuditRecord = { at, tenantId, actor: { kind: 'system' }, action: 'user.changed' };

    const two = link(one.head, [{ id: '2', record }], new Date(now.getTime() - 60_000));

    expect(two.entries[0]!.linkedAt).toBe(one.head.linkedAt);
  });
});

describe('boundedRecord', () => {
  it('keeps any record within one row', () => {
    const long = '😀'.repeat(200_000);
    const record = boundedRecord({
      at: now.toISOString(),
      tenantId,
      actor: { kind: 'system' },
      action: 'request.refused',
      detail: long,
      resource: { type: 'User', id: long, name: long },
      changes: Array.from({ length: 500 }, (_, n) => ({ path: `a${n}`, after: long })),
      members: { added: Array.from({ length: 10_000 }, () => 'm'.repeat(30)), removed: [] },
      data: { reason: long },
    });

    expect(JSON.stringify(record).length).toBeLessThan(maxRecordLength);
    expect(record.changes?.[0]).toEqual({
      path: 'a0',
      after: { characters: 400_002, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(record.members?.added.at(-1)).toMatch(/^\(\d+ more\)$/);
    expect(Buffer.from(JSON.stringify(record)).toString()).toBe(JSON.stringify(record));
  });
});

describe('text columns', () => {
  it('give back any text and split no surrogate pair', () => {
    fc.assert(
      fc.property(fc.nat({ max: 3 }), fc.nat({ max: 40_000 }), (offset, count) => {
        const text = 'x'.repeat(offset) + '😀'.repeat(count);
        const columns = toTextColumns(text);

        expect(fromTextColumns(columns)).toBe(text);
        for (const column of Object.values(columns))
          expect(Buffer.from(column).toString()).toBe(column);
      }),
      { numRuns: 20 },
    );
  });
});
