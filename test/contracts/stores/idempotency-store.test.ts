/** IdempotencyStore: one contract for the fake of unit tests and the Table Storage adapter. */
import { IdempotencyTable } from '../../../functions/azure/tables/idempotency-table';
import { Idempotency } from '../../../functions/http/idempotency';
import type { IdempotencyRecord, IdempotencyStore } from '../../../functions/http/ports';
import { fakeIdempotencyStore } from '../../fakes/idempotency-store';
import { owner, ownerOfOtherTenant, now } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const record: IdempotencyRecord = {
  tenantId: owner.tenantId,
  id: 'a1',
  payloadHash: 'b1',
  leaseExpiresAt: '2026-01-15T12:04:00.000Z',
  expiresAt: '2026-01-16T12:00:00.000Z',
};
const problemOf = ({ code }: { readonly code: string }) => ({ status: 409, jsonBody: { code } });
const response = { status: 201, headers: { ETag: '"v1"' }, body: '{"name":"Größe"}' };

describe.each<[string, () => IdempotencyStore | Promise<IdempotencyStore>]>([
  ['fake', fakeIdempotencyStore],
  ['Table Storage', async () => new IdempotencyTable(await storage.newTable())],
])('IdempotencyStore: %s', (_, open) => {
  it('reads a response in its own tenant only', async () => {
    const store = await open();
    await store.replace({ ...(await store.create(record)), response });

    expect(await store.get(owner.tenantId, 'a1')).toMatchObject({ ...record, response });
    expect(await store.get(ownerOfOtherTenant.tenantId, 'a1')).toBeUndefined();
  });

  it('refuses a write to a record that was taken over or deleted', async () => {
    const store = await open();
    const first = await store.create(record);
    const second = await store.replace({ ...first, payloadHash: 'b2' });

    await expect(store.replace({ ...first, response })).rejects.toMatchObject({
      kind: 'stale',
    });
    await store.delete(first);
    expect(await store.get(owner.tenantId, 'a1')).toMatchObject({ payloadHash: 'b2' });
    await store.delete(second);
    await store.delete(second);
    await expect(store.replace({ ...second, response })).rejects.toMatchObject({
      kind: 'stale',
    });
  });

  it('purges expired records only', async () => {
    const store = await open();
    await store.create(record);
    await store.create({ ...record, id: 'a2', expiresAt: '2026-01-17T12:00:00.000Z' });

    for await (const _ of store.deleteExpired(new Date('2026-01-16T13:00:00.000Z')));

    expect(await store.get(owner.tenantId, 'a1')).toBeUndefined();
    expect(await store.get(owner.tenantId, 'a2')).toBeDefined();
  });

  it('executes one of ten concurrent requests with one key', async () => {
    const store = await open();
    const identity = {
      tenantId: owner.tenantId,
      operation: ['POST', 'key'],
      payload: {},
      isShownOnce: false,
    };
    let executed = 0;
    const execute = async () => {
      executed++;
      return { status: 201, jsonBody: { id: 'c1' } };
    };
    const lost = (error: unknown) => expect(error).toBeUndefined();

    // One instance per worker.
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () =>
        new Idempotency(store, () => now).execute(identity, execute, {
          onStoreError: lost,
          problemOf,
        }),
      ),
    );

    expect(executed).toBe(1);
    const results = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value.jsonBody : outcome.reason.code,
    );
    const responses = results.filter((result) => result !== 'idempotency_in_flight');
    expect(new Set(responses.map((each) => JSON.stringify(each)))).toEqual(
      new Set(['{"id":"c1"}']),
    );
  });

  it('lets one of ten requests take over an expired lease', async () => {
    const store = await open();
    const identity = {
      tenantId: owner.tenantId,
      operation: ['POST', 'key'],
      payload: {},
      isShownOnce: false,
    };
    await new Promise<void>((onStart) => {
      const hang = () => new Promise<never>(() => onStart());
      void new Idempotency(store, () => now).execute(identity, hang, {
        onStoreError: () => {},
        problemOf,
      });
    });
    const later = () => new Date(now.getTime() + 241_000);
    let executed = 0;
    const execute = async () => ({ status: 200 + executed++ });

    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () =>
        new Idempotency(store, later).execute(identity, execute, {
          onStoreError: () => {},
          problemOf,
        }),
      ),
    );

    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(executed).toBe(1);
  });
});
