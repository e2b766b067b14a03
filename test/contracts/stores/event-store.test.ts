/** EventStore: one contract for the fake and the Table Storage adapter. */
import { EventTable } from '../../../functions/azure/tables/event-table';
import { tenantStream, type RecordedEvent } from '../../../functions/events/event';
import type { EventFilter, EventStore } from '../../../functions/events/ports';
import { ulid } from '../../../functions/storage/ulid';
import { fakeEventStore } from '../../fakes/event-store';
import { owner, ownerOfOtherTenant, now } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

/** An event of the n-th second after now. */
function anEvent(n: number, overrides: Partial<RecordedEvent> = {}): RecordedEvent {
  const at = new Date(now.getTime() + n * 1_000);
  return {
    tenantId: owner.tenantId,
    connectorId: 'c1',
    id: ulid(at, Uint8Array.of(n)),
    type: 'connector.connected',
    at: at.toISOString(),
    actor: { objectId: owner.objectId, displayName: 'Ada | O’Lovelace' },
    outcome: 'succeeded',
    data: { statusBefore: 'unconnected', read: 12, first: true },
    ...overrides,
  };
}
const stream = { tenantId: owner.tenantId, connectorId: 'c1' };

describe.each<[string, () => EventStore | Promise<EventStore>]>([
  ['fake', fakeEventStore],
  ['Table Storage', async () => new EventTable(await storage.newTable())],
])('EventStore: %s', (_, open) => {
  it('reads an event as it was appended', async () => {
    const store = await open();
    await store.append(anEvent(1));
    await store.append(anEvent(2, { actor: 'system', outcome: 'failed', data: {} }));

    const { items } = await store.list(stream, { limit: 10 });

    expect(items).toEqual([
      anEvent(2, { actor: 'system', outcome: 'failed', data: {} }),
      anEvent(1),
    ]);
  });

  it('keeps the first event if it is appended again', async () => {
    const store = await open();
    await store.append(anEvent(1));

    await store.append(anEvent(1, { outcome: 'failed' }));

    expect((await store.list(stream, { limit: 10 })).items).toEqual([anEvent(1)]);
  });

  it('lists seven events once each, newest first, in pages of three', async () => {
    const store = await open();
    for (const n of [4, 1, 7, 2, 6, 3, 5]) await store.append(anEvent(n));

    const pages = [];
    let continuation: string | undefined;
    do {
      const page = await store.list(stream, { limit: 3, ...(continuation && { continuation }) });
      pages.push(page.items.map(({ at }) => new Date(at).getSeconds()));
      continuation = page.continuation;
    } while (continuation);

    expect(pages).toEqual([[7, 6, 5], [4, 3, 2], [1]]);
  });

  it('lists no events of other streams', async () => {
    const store = await open();
    await store.append(anEvent(1, { connectorId: 'c2' }));
    await store.append(anEvent(1, { tenantId: ownerOfOtherTenant.tenantId }));

    expect((await store.list(stream, { limit: 10 })).items).toEqual([]);
  });

  it('lists the events of a whole tenant', async () => {
    const store = await open();
    await store.append(anEvent(1));
    await store.append(anEvent(2, { connectorId: 'c2' }));
    await store.append(anEvent(3, { connectorId: tenantStream }));
    await store.append(anEvent(4, { tenantId: ownerOfOtherTenant.tenantId }));

    const { items } = await store.list({ tenantId: owner.tenantId }, { limit: 10 });

    expect(items).toEqual([
      anEvent(3, { connectorId: tenantStream }),
      anEvent(2, { connectorId: 'c2' }),
      anEvent(1),
    ]);
  });

  const { objectId } = owner;
  it.each<[string, EventFilter, number[]]>([
    ['type', { type: 'sync.failed' }, [3, 5]],
    ['actor', { actor: objectId }, [1, 2, 4, 5]],
    ['the system as actor', { actor: 'system' }, [3]],
    ['start', { from: new Date(anEvent(2).at) }, [2, 3, 4, 5]],
    ['end', { to: new Date(anEvent(4).at) }, [1, 2, 3]],
    [
      'start, end and actor',
      { from: new Date(anEvent(2).at), to: new Date(anEvent(4).at), actor: objectId },
      [2],
    ],
    ['nothing that matches', { type: 'webhook.ping' }, []],
  ])('filters by %s, for a connector and a tenant', async (_, filter, expected) => {
    const store = await open();
    const changed = new Map<number, Partial<RecordedEvent>>([
      [3, { type: 'sync.failed', actor: 'system' }],
      [5, { type: 'sync.failed' }],
    ]);
    for (const n of [1, 2, 3, 4, 5]) await store.append(anEvent(n, changed.get(n)));

    const { tenantId } = owner;
    const lists = await Promise.all([
      store.list({ ...filter, tenantId }, { limit: 10 }),
      store.list({ ...filter, ...stream }, { limit: 10 }),
      store.list({ ...filter, tenantId, connectorId: 'c2' }, { limit: 10 }),
    ]);

    const seconds = lists.map(({ items }) => items.map(({ at }) => new Date(at).getSeconds()));
    const newestFirst = expected.toReversed();
    expect(seconds).toEqual([newestFirst, newestFirst, []]);
  });

  it('deletes events of three streams before a given time', async () => {
    const store = await open();
    const others = [{ connectorId: 'c2' }, { tenantId: ownerOfOtherTenant.tenantId }];
    for (const overrides of [{}, ...others])
      for (const n of [1, 2, 3]) await store.append(anEvent(n, overrides));

    for await (const _ of store.deleteBefore(new Date(anEvent(2).at)));

    for (const overrides of [{}, ...others]) {
      const { items } = await store.list({ ...stream, ...overrides }, { limit: 10 });
      expect(items).toEqual([anEvent(3, overrides), anEvent(2, overrides)]);
    }
    const ofTenant = await store.list({ tenantId: owner.tenantId }, { limit: 10 });
    expect(new Set(ofTenant.items.map(({ at }) => at))).toEqual(
      new Set([anEvent(3).at, anEvent(2).at]),
    );
  });

  it('resumes an interrupted deletion at its checkpoint', async () => {
    const store = await open();
    for (const connectorId of ['c1', 'c2', 'c3']) await store.append(anEvent(1, { connectorId }));
    const later = new Date(anEvent(2).at);

    let checkpoint: string | undefined;
    for (let advanced = true; advanced;) {
      advanced = false;
      for await (const next of store.deleteBefore(later, checkpoint)) {
        advanced = next !== checkpoint;
        checkpoint = next;
        if (advanced) break;
      }
    }

    for (const connectorId of ['c1', 'c2', 'c3'])
      expect((await store.list({ ...stream, connectorId }, { limit: 10 })).items).toEqual([]);
  });
});
