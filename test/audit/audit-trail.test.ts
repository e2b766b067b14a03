/** The audit trail over HTTP: what is recorded is listed, verified and purged. */
import type { AuditRecord } from '../../functions/audit/audit-record';
import { SecretCheckpointSigner } from '../../functions/audit/checkpoint-signer';
import { tenantStream } from '../../functions/events/event';
import { newConnection } from '../../functions/provisioning/connections/connection';
import { Secret } from '../../functions/secrets/secret';
import { fakeSecretStore } from '../fakes/secret-store';
import { aConnector, now, owner, ownerOfOtherTenant, viewer } from '../support/builders';
import { callEndpoint } from '../support/call-endpoint';
import { testContext } from '../support/context';

const { tenantId } = owner;
const aRecord = (overrides: Partial<AuditRecord> = {}): AuditRecord => ({
  at: now.toISOString(),
  tenantId,
  connectionId: 'p1',
  actor: { kind: 'token', tokenId: 't1' },
  action: 'user.changed',
  resource: { type: 'User', id: 'u1' },
  status: 200,
  ...overrides,
});

const checkpoints: number[] = [];
const report = {
  failed: (error: unknown) => {
    throw error;
  },
  checkpointAdded: (_: string, { seq }: { seq: number }) => void checkpoints.push(seq),
};
const queryOf = (nextLink: string) =>
  Object.fromEntries(new URL(nextLink).searchParams) as Record<string, string>;

function auditContext() {
  const context = testContext();
  const { services, auditStore } = context;
  const record = async (count: number, overrides: Partial<AuditRecord> = {}) => {
    for (let n = 0; n < count; n++)
      await services.auditTrail.append(
        aRecord({ at: services.now().toISOString(), requestId: `r${n}`, ...overrides }),
      );
    await services.auditLinker.linkAll(report);
  };
  const list = async (query: Record<string, string> = {}, as = owner) =>
    (await callEndpoint('listAuditEntries', { services, query, as })).json;
  const seqs = async (query: Record<string, string>) =>
    (await list(query)).items.map(({ seq }: { seq: number }) => seq);
  const verify = async (query: Record<string, string> = {}) =>
    (await callEndpoint('verifyAudit', { services, query })).json;
  return { ...context, record, list, seqs, verify, chain: auditStore.chainOf(tenantId) };
}

describe('listAuditEntries', () => {
  it('lists newest first over several pages', async () => {
    const { record, list } = auditContext();
    await record(5);

    const first = await list({ limit: '2' });
    const second = await list(queryOf(first.nextLink));
    const third = await list(queryOf(second.nextLink));

    const pages = [first, second, third].map(({ items }) =>
      items.map(({ seq }: { seq: number }) => seq),
    );
    expect(pages).toEqual([[5, 4], [3, 2], [1]]);
    expect(third.nextLink).toBeUndefined();
  });

  it('continues where it was although entries were added', async () => {
    const { record, list } = auditContext();
    await record(3);
    const first = await list({ limit: '2' });
    await record(2);

    const second = await list(queryOf(first.nextLink));

    expect(second.items).toMatchObject([{ seq: 1 }]);
  });

  it('filters by action, outcome, actor, resource, connection and control', async () => {
    const { record, seqs } = auditContext();
    await record(1);
    await record(1, { action: 'request.refused', status: 400, resource: { type: 'User' } });
    await record(1, { actor: { kind: 'person', objectId: 'ABC', displayName: 'Ada' } });
    await record(1, {
      action: 'grant.revoked',
      connectionId: 'p2',
      resource: { type: 'Group', id: 'g' },
    });

    expect(await seqs({ action: 'user.changed' })).toEqual([3, 1]);
    expect(await seqs({ outcome: 'refused' })).toEqual([2]);
    expect(await seqs({ actor: 'aBc' })).toEqual([3]);
    expect(await seqs({ resource: 'g' })).toEqual([4]);
    expect(await seqs({ connectionId: 'p2' })).toEqual([4]);
    expect(await seqs({ control: 'A.5.18' })).toEqual([4]);
    expect(await seqs({ control: 'A.5.15' })).toEqual([]);
  });

  it('finds times also of records that were linked late', async () => {
    const { record, seqs, services, wait } = auditContext();
    const minute = (n: number) => new Date(now.getTime() + n * 60_000).toISOString();
    await record(1);
    wait(600);
    await record(1);
    wait(600);
    await record(1);
    await record(1, { at: minute(10) });
    wait(600);
    await record(1, { at: new Date(services.now().getTime() + 120_000).toISOString() });

    expect(await seqs({ from: minute(10), to: minute(11) })).toEqual([4, 2]);
    expect(await seqs({ from: minute(31) })).toEqual([5]);
    expect(await seqs({ to: minute(1) })).toEqual([1]);
    expect(await seqs({ from: minute(90) })).toEqual([]);
  });

  it('leaves out an entry that cannot be read and reports it', async () => {
    const { record, seqs, chain } = auditContext();
    await record(3);
    chain.rows.set(2, '{}');
    const logged = jest.spyOn(console, 'error').mockImplementation();

    const found = await seqs({});

    expect(found).toEqual([3, 1]);
    expect(logged).toHaveBeenCalledWith(expect.stringContaining('audit.entry_unreadable'));
    logged.mockRestore();
  });

  it('shows a tenant its own entries only', async () => {
    const { record, list, services } = auditContext();
    await record(2);
    await record(1, { tenantId: ownerOfOtherTenant.tenantId });

    const others = await list({}, ownerOfOtherTenant);
    const entry = await callEndpoint('getAuditEntry', {
      services,
      as: ownerOfOtherTenant,
      params: { seq: '2' },
    });

    expect(others.items).toMatchObject([{ seq: 1, tenantId: ownerOfOtherTenant.tenantId }]);
    expect(entry).toMatchObject({ status: 404, json: { code: 'audit_entry_not_found' } });
  });

  it.each([
    'listAuditEntries',
    'getAuditEntry',
    'verifyAudit',
    'listAuditCheckpoints',
    'listAuditControls',
  ] as const)('%s refuses callers who are no owners', async (name) => {
    const { services } = auditContext();

    const responses = await Promise.all(
      [viewer, { ...owner, roles: ['Member' as const] }].map((as) =>
        callEndpoint(name, { services, as, params: { seq: '1' } }),
      ),
    );

    expect(responses.map(({ status }) => status)).toEqual([403, 403]);
  });

  it.each([
    { from: 'yesterday' },
    { action: 'nothing' },
    { control: 'CC9.9' },
    { cursor: 'abc.def' },
    { limit: '0' },
  ])('refuses %j', async (query) => {
    const { services } = auditContext();

    const { status } = await callEndpoint('listAuditEntries', { services, query });

    expect(status).toBe(400);
  });
});

describe('events of connectors', () => {
  it('join the chain once, also if they are relayed twice', async () => {
    const { services, outbox, durableClient, record, list, verify } = auditContext();
    await record(1);
    const event = { tenantId, connectorId: 'c1', type: 'connector.updated', actor: owner } as const;
    await services.events.record({
      ...event,
      data: { name: 'Sales', changes: { name: { before: 'Stock', after: 'Sales' } } },
    });
    const messages = outbox.all();

    await services.outboxRelay.relayAll(durableClient, report.failed);
    await services.auditLinker.linkAll(report);
    outbox.add(messages);
    await services.outboxRelay.relayAll(durableClient, report.failed);
    await services.auditLinker.linkAll(report);

    const { items } = await list();
    expect(items).toMatchObject([
      {
        seq: 2,
        action: 'connector.updated',
        connectorId: 'c1',
        actor: { kind: 'person', objectId: owner.objectId },
        changes: [{ path: 'name', before: 'Stock', after: 'Sales' }],
        data: { name: 'Sales' },
        controls: ['CC6.1', 'A.5.15'],
      },
      { seq: 1 },
    ]);
    expect(await verify()).toMatchObject({ outcome: 'intact', checkedTo: 2 });
  });

  it('stay in the outbox while the trail is not available', async () => {
    const { services, outbox, durableClient, pendingRecordStore } = auditContext();
    await services.events.record({
      tenantId,
      connectorId: 'c1',
      type: 'sync.failed',
      actor: 'system',
    });
    jest.spyOn(pendingRecordStore, 'put').mockRejectedValueOnce(new Error('down'));
    const failures: unknown[] = [];

    await services.outboxRelay.relayAll(durableClient, (error) => failures.push(error));

    expect(failures).toHaveLength(1);
    expect(outbox.all()).toHaveLength(1);
  });

  it('name the provisioning connection that they are about', async () => {
    const { services, durableClient, list, pendingRecordStore } = auditContext();
    const row = services.auditTrail.rowOf(aRecord({ connectionId: 'gone' }));
    pendingRecordStore.addRow(tenantId, 'gone', row);
    await services.events.record({
      tenantId,
      connectorId: tenantStream,
      type: 'provisioning.connection_deleted',
      actor: owner,
      data: { connectionId: 'gone' },
    });

    await services.outboxRelay.relayAll(durableClient, report.failed);
    await services.auditLinker.linkAll(report);

    const { items } = await list({ connectionId: 'gone' });
    expect(items.map(({ action }: { action: string }) => action).toSorted()).toEqual([
      'provisioning.connection_deleted',
      'user.changed',
    ]);
  });
});

describe('AuditTrailService.append', () => {
  it('logs a record that cannot be stored and does not throw', async () => {
    const { services, pendingRecordStore } = auditContext();
    jest.spyOn(pendingRecordStore, 'put').mockRejectedValueOnce(new Error('down'));
    const logged = jest.spyOn(console, 'error').mockImplementation();

    await services.auditTrail.append(aRecord({ requestId: 'r7' }));

    expect(logged).toHaveBeenCalledWith(expect.stringContaining('"requestId":"r7"'));
    logged.mockRestore();
  });
});

describe('verifyAudit', () => {
  it('finds an empty and a whole trail intact', async () => {
    const { record, verify } = auditContext();
    const empty = await verify();
    await record(3);

    expect(empty).toEqual({
      outcome: 'intact',
      checkedFrom: 1,
      checkedTo: 0,
      checkpointCount: 0,
    });
    expect(await verify()).toMatchObject({ outcome: 'intact', checkedFrom: 1, checkedTo: 3 });
  });

  it('names a changed entry', async () => {
    const { record, verify, chain } = auditContext();
    await record(5);
    chain.rows.set(3, chain.rows.get(3)!.replace('"u1"', '"u2"'));

    expect(await verify()).toMatchObject({
      outcome: 'broken',
      checkedTo: 2,
      fault: { seq: 3, kind: 'changed', detail: expect.stringContaining('hash') },
    });
  });

  it('names entries that were cut off the end with the head', async () => {
    const { record, verify, chain } = auditContext();
    await record(3);
    const before = chain.head;
    for (let n = 0; n < 3; n++) await record(200);
    chain.head = before;
    for (let seq = 4; seq <= 603; seq++) chain.rows.delete(seq);

    expect(await verify()).toMatchObject({ outcome: 'broken', fault: { seq: 4, kind: 'missing' } });
  });

  it('names a head that is not the last entry', async () => {
    const { record, verify, chain } = auditContext();
    await record(3);
    chain.head = { ...chain.head!, hash: 'f'.repeat(64) };

    expect(await verify()).toMatchObject({ outcome: 'broken', fault: { seq: 3, kind: 'head' } });
  });

  it.each([
    ['another hash', { hash: 'f'.repeat(64) }],
    ['a short signature', { signature: 'x' }],
    ['an unknown key', { keyVersion: 'v9' }],
    ['no version as key', { keyVersion: '../secrets/other' }],
  ])('names a checkpoint with %s', async (_, forged) => {
    const { record, verify, chain } = auditContext();
    await record(3);
    const [checkpoint] = [...chain.checkpoints.values()];
    chain.checkpoints.set(checkpoint!.seq, { ...checkpoint!, ...forged });

    expect(await verify()).toMatchObject({
      outcome: 'broken',
      fault: { seq: checkpoint!.seq, kind: 'signature' },
    });
  });

  it('continues a long trail by its link', async () => {
    const { record, verify, auditStore, wait } = auditContext();
    for (let n = 0; n < 4; n++) await record(100);
    const read = auditStore.read.bind(auditStore);
    jest.spyOn(auditStore, 'read').mockImplementation((...given) => {
      wait(30);
      return read(...given);
    });

    const first = await verify();
    const second = await verify(queryOf(first.nextLink));

    expect(first).toMatchObject({ outcome: 'incomplete', checkedFrom: 1, checkedTo: 250 });
    expect(second).toMatchObject({ outcome: 'intact', checkedFrom: 251, checkedTo: 400 });
  });
});

describe('checkpoints that an insider removed', () => {
  it('are reported when the chain gets a new one', async () => {
    const { record, chain, wait } = auditContext();
    await record(3);
    const logged = jest.spyOn(console, 'error').mockImplementation(() => undefined);

    chain.checkpoints.clear();
    wait(3_600);
    await record(1);

    expect(logged).toHaveBeenCalledWith(expect.stringContaining('audit.checkpoints_missing'));
    logged.mockRestore();
  });
});

describe('checkpoints', () => {
  it('are signed at the start, after 100 entries and an hour', async () => {
    checkpoints.length = 0;
    const { record, services, wait } = auditContext();
    await record(1);
    await record(60);
    await record(60);
    wait(3_600);
    await record(1);

    const { json } = await callEndpoint('listAuditCheckpoints', {
      services,
      query: { limit: '2' },
    });
    const next = await callEndpoint('listAuditCheckpoints', {
      services,
      query: queryOf(json.nextLink),
    });

    expect(checkpoints).toEqual([1, 121, 122]);
    await record(5);
    const { json: verified } = await callEndpoint('verifyAudit', { services });
    expect(verified).toMatchObject({ outcome: 'intact', checkedTo: 127, signedTo: 122 });
    expect(json.items).toMatchObject([{ seq: 122 }, { seq: 121 }]);
    expect(next.json.items).toMatchObject([{ seq: 1 }]);
  });

  it('that cannot be signed are logged and do not stop the linker', async () => {
    const { services, auditStore, list } = auditContext();
    jest.spyOn(auditStore, 'putCheckpoint').mockRejectedValueOnce(new Error('down'));
    const logged = jest.spyOn(console, 'error').mockImplementation();
    await services.auditTrail.append(aRecord());

    await services.auditLinker.linkAll(report);

    expect((await list()).items).toHaveLength(1);
    expect(logged).toHaveBeenCalledWith(expect.stringContaining('audit.checkpoint_failed'));
    logged.mockRestore();
  });
});

describe('retention of the audit trail', () => {
  const purge = async ({ services, durableClient }: ReturnType<typeof auditContext>) => {
    for await (const _ of services.auditRetention.deleteExpired());
    return durableClient;
  };

  it('keeps a signed beginning from which the rest verifies', async () => {
    const context = auditContext();
    const { record, verify, seqs, wait, services, chain } = context;
    await record(4);
    wait(731 * 86_400);
    await record(2);

    await purge(context);
    await purge(context);
    await services.auditLinker.linkAll(report);

    expect([...chain.rows.keys()]).toEqual([5, 6, 7]);
    expect(await seqs({ action: 'audit.purged' })).toEqual([7]);
    expect(await verify()).toMatchObject({
      outcome: 'intact',
      checkedFrom: 5,
      checkedTo: 7,
      purgedTo: 4,
    });
    const purged = await callEndpoint('getAuditEntry', { services, params: { seq: '4' } });
    expect(purged.status).toBe(404);
  });

  it('shows a beginning that was moved to hide entries', async () => {
    const context = auditContext();
    const { record, verify, wait, chain } = context;
    await record(2);
    wait(731 * 86_400);
    await record(3);
    await purge(context);
    const hidden = JSON.parse(chain.rows.get(4)!) as { hash: string };
    chain.floor = { ...chain.floor!, seq: 4, hash: hidden.hash };

    expect(await verify()).toMatchObject({
      outcome: 'broken',
      fault: { seq: 4, kind: 'signature' },
    });
  });

  it('finishes a purge that stopped after its beginning was moved', async () => {
    const context = auditContext();
    const { record, wait, auditStore, chain } = context;
    await record(3);
    wait(731 * 86_400);
    await record(1);
    const deletion = jest.spyOn(auditStore, 'deleteUpTo').mockImplementation(() => {
      throw new Error('stopped');
    });
    await expect(purge(context)).rejects.toThrow('stopped');
    deletion.mockRestore();

    await purge(context);

    expect(chain.floor?.seq).toBe(3);
    expect([...chain.rows.keys()]).toEqual([4]);
  });
});

describe('SecretCheckpointSigner', () => {
  it('signs with the next version if the listed one is disabled', async () => {
    const vault = fakeSecretStore(() => now);
    const put = (value: string) =>
      vault.put('key', new Secret(value), { contentType: 'text/plain' });
    const first = await put('old');
    const listed = await vault.listVersions('key');
    const second = await put('new');
    await vault.disable('key', first);
    jest.spyOn(vault, 'listVersions').mockResolvedValueOnce(listed);
    const signer = new SecretCheckpointSigner(vault, 'key', () => now);

    const { keyVersion, signature } = await signer.sign('text');

    expect(keyVersion).toBe(second);
    expect(await signer.isSignedBy('text', keyVersion, signature)).toBe(true);
  });
});

describe('changes of connectors over HTTP', () => {
  it('are in the trail with the person who made them', async () => {
    const { services, durableClient, list } = auditContext();
    const headers = { 'x-forwarded-for': '9.9.9.9, [2001:db8::7]:5123' };
    await callEndpoint('createConnector', { services, headers, body: { name: aConnector().name } });

    await services.outboxRelay.relayAll(durableClient, report.failed);
    await services.auditLinker.linkAll(report);

    expect((await list()).items).toMatchObject([
      {
        action: 'connector.created',
        actor: { kind: 'person', objectId: owner.objectId },
        ip: '2001:db8::7',
        requestId: 'test',
      },
    ]);
  });

  it.each([
    ['reconcileAccess', { params: { connectionId: 'p1' } }],
    ['exportAudit', { query: { format: 'csv' } }],
  ] as const)('name the address of the person who calls %s', async (name, call) => {
    const { services, list, provisioningConnectionStore } = auditContext();
    const connection = { name: 'Entra ID', profile: 'entra' } as const;
    const created = newConnection({ tenantId, connectionId: 'p1' }, connection, owner, now);
    await provisioningConnectionStore.create(created);
    const headers = { 'x-forwarded-for': '203.0.113.5:443' };

    await callEndpoint(name, { services, headers, ...call });
    await services.auditLinker.linkAll(report);

    const { items } = await list({ actor: owner.objectId });
    expect(items[0]).toMatchObject({ ip: '203.0.113.5', requestId: 'test' });
  });
});
