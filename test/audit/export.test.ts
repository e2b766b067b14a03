/** Exports: CSV that no spreadsheet runs, and lines of JSON whose hashes can be computed again. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { AuditEntry, AuditRecord } from '../../functions/audit/audit-record';
import { link } from '../../functions/audit/chain';
import { csvHeader, toCsvLine } from '../../functions/audit/csv';
import { now, owner, ownerOfOtherTenant, viewer } from '../support/builders';
import { callEndpoint } from '../support/call-endpoint';
import { testContext } from '../support/context';

const { tenantId } = owner;
fc.configureGlobal({ numRuns: 50 });
const aRecord = (overrides: Partial<AuditRecord> = {}): AuditRecord => ({
  at: now.toISOString(),
  tenantId,
  connectionId: 'p1',
  actor: { kind: 'token', tokenId: 't1' },
  action: 'user.created',
  status: 201,
  ...overrides,
});
const entryOf = (record: AuditRecord): AuditEntry =>
  link(undefined, [{ id: 'id', record }], now).entries[0]!;

/** A strict reader of RFC 4180. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const fields = text.matchAll(/("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy);
  for (const [, field = '', end] of fields) {
    rows.at(-1)!.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}
const column = (name: string) => readCsv(csvHeader)[0]!.indexOf(name);
const nameIn = (line: string) => readCsv(line)[0]![column('resourceName')];

describe('a line of CSV', () => {
  it.each([
    ['=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'],
    ['+1', "'+1"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', "'\r=1"],
    ['  =1', "'  =1"],
    ['＝1', "'＝1"],
    ['Ada "the first", Countess\r\nof Lovelace', 'Ada "the first", Countess\r\nof Lovelace'],
    ["O'Neil", "O'Neil"],
    ['', ''],
  ])('writes %j as %j', (name, written) => {
    const line = toCsvLine(entryOf(aRecord({ resource: { type: 'User', id: 'u1', name } })));

    expect(nameIn(line)).toBe(written);
  });

  it('keeps any text in its cell and begins none as a formula', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (name, detail) => {
        const line = toCsvLine(entryOf(aRecord({ resource: { type: 'User', name }, detail })));
        const [cells, ...others] = readCsv(line);

        expect(others).toEqual([]);
        expect(cells).toHaveLength(readCsv(csvHeader)[0]!.length);
        expect(cells!.filter((cell) => /^\s*[=+@-]/.test(cell))).toEqual([]);
        expect([name, `'${name}`]).toContain(cells![column('resourceName')]);
      }),
    );
  });
});

describe('exportAudit', () => {
  async function linked(count: number, overrides: Partial<AuditRecord> = {}) {
    const context = testContext();
    const { auditTrail, auditLinker } = context.services;
    for (let n = 1; n <= count; n++) {
      await auditTrail.append(
        aRecord({ at: context.services.now().toISOString(), requestId: `r${n}`, ...overrides }),
      );
      context.wait(60);
    }
    await auditLinker.linkAll(report);
    return context;
  }
  const report = {
    failed: (error: unknown) => {
      throw error;
    },
    checkpointAdded: () => {},
  };
  const queryOf = (link = '') =>
    Object.fromEntries(new URL(/<(.*)>/.exec(link)![1]!).searchParams) as Record<string, string>;

  it('gives lines whose hashes form a chain, over several pages', async () => {
    const { services } = await linked(5);

    let text = '';
    let query: Record<string, string> | undefined = { format: 'jsonl', limit: '2' };
    while (query) {
      const { body, headers } = await callEndpoint('exportAudit', { services, query });
      text += body as string;
      query = headers['Link'] === undefined ? undefined : queryOf(headers['Link']);
    }

    const lines = text.split('\n').slice(0, -1);
    let prevHash = '0'.repeat(64);
    for (const line of lines) {
      const { hash } = JSON.parse(line) as { hash: string };
      const content = line.replace(`"hash":"${hash}",`, '');
      expect(
        createHash('sha256')
          .update(prevHash + content)
          .digest('hex'),
      ).toBe(hash);
      prevHash = hash;
    }
    expect(lines).toHaveLength(5);
  });

  it('reads few long entries at once and ends their page early', async () => {
    const ids = Array.from({ length: 1_000 }, (_, n) => `${n}`.padStart(80, 'x'));
    const { services, auditStore } = await linked(60, { members: { added: ids, removed: ids } });
    const read = auditStore.read.bind(auditStore);
    const ranges: number[] = [];
    auditStore.read = (tenant, from, to, filter) => {
      ranges.push(to - from + 1);
      return read(tenant, from, to, filter);
    };

    const query = { format: 'jsonl', limit: '5000' };
    const first = await callEndpoint('exportAudit', { services, query });
    const rest = queryOf(first.headers['Link']);
    const second = await callEndpoint('exportAudit', { services, query: rest });
    await callEndpoint('verifyAudit', { services });

    const lines = `${first.body as string}${second.body as string}`.split('\n').slice(0, -1);
    expect(lines.map((line) => (JSON.parse(line) as AuditEntry).seq)).toEqual(
      Array.from({ length: 60 }, (_, n) => n + 1),
    );
    expect((first.body as string).length).toBeLessThan(9_000_000);
    expect(second.headers['Link']).toBeUndefined();
    expect(Math.max(...ranges)).toBeLessThanOrEqual(250);
  });

  it('has one header and the entries of the time range only', async () => {
    const { services } = await linked(5);
    const query = {
      format: 'csv',
      limit: '1',
      from: new Date(now.getTime() + 60_000).toISOString(),
      to: new Date(now.getTime() + 180_000).toISOString(),
    };

    const first = await callEndpoint('exportAudit', { services, query });
    const second = await callEndpoint('exportAudit', {
      services,
      query: queryOf(first.headers['Link']),
    });

    expect(first.headers).toMatchObject({
      'Content-Type': 'text/csv; charset=utf-8; header=present',
      'Content-Disposition': 'attachment; filename="audit.csv"',
    });
    const rows = readCsv(`${first.body as string}${second.body as string}`);
    expect(rows.map((row) => row[column('requestId')])).toEqual(['requestId', 'r2', 'r3']);
    expect(second.headers['Link']).toBeUndefined();
  });

  it('is recorded once with its range', async () => {
    const { services } = await linked(3);
    const first = await callEndpoint('exportAudit', {
      services,
      query: { format: 'csv', limit: '2' },
    });
    await callEndpoint('exportAudit', { services, query: queryOf(first.headers['Link']) });

    await services.auditLinker.linkAll(report);

    const { json } = await callEndpoint('listAuditEntries', {
      services,
      query: { action: 'audit.exported' },
    });
    expect(json.items).toMatchObject([
      { actor: { kind: 'person', objectId: owner.objectId }, data: { format: 'csv' } },
    ]);
  });

  it('refuses other roles, cursors of other filters and unknown formats', async () => {
    const { services } = await linked(3);
    const first = await callEndpoint('exportAudit', {
      services,
      query: { format: 'csv', limit: '1' },
    });
    const { cursor } = queryOf(first.headers['Link']);

    const refused = await Promise.all([
      callEndpoint('exportAudit', { services, as: viewer, query: { format: 'csv' } }),
      callEndpoint('exportAudit', { services, query: { format: 'jsonl', cursor: cursor! } }),
      callEndpoint('exportAudit', {
        services,
        as: ownerOfOtherTenant,
        query: { format: 'csv', cursor: cursor! },
      }),
      callEndpoint('exportAudit', { services, query: { format: 'xml' } }),
    ]);

    expect(refused.map(({ status }) => status)).toEqual([403, 400, 400, 400]);
  });
});
