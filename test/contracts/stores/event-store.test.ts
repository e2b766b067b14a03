/** One list of promises, two keepers: the fakes that unit tests stand on, and Table Storage. */
import { EventTable } from '../../../functions/azure/tables/event-table';
import { OutboxTable } from '../../../functions/azure/tables/outbox-table';
import type { RecordedEvent } from '../../../functions/events/event';
import type { EventStore, Outbox } from '../../../functions/events/ports';
import { ulid } from '../../../functions/storage/ulid';
import { fakeEventStore, fakeOutbox } from '../../fakes/event-store';
import { owner, ownerOfOtherTenant, now } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

/** The n-th second after now. */
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
const timeline = { tenantId: owner.tenantId, connectorId: 'c1' };

describe.each<[string, () => EventStore | Promise<EventStore>]>([
  ['fake', fakeEventStore],
  ['Table Storage', async () => new EventTable(await storage.newTable())],
])('EventStore: %s', (_, open) => {
  it('given an event, when the timeline is read, then it comes back as it was', async () => {
    const store = await open();
    await store.append(anEvent(1));
    await store.append(anEvent(2, { actor: 'system', outcome: 'failed', data: {} }));

    const { items } = await store.list(timeline, { limit: 10 });

    expect(items).toEqual([
      anEvent(2, { actor: 'system', outcome: 'failed', data: {} }),
      anEvent(1),
    ]);
  });

  it('given an event that is there already, when it is appended again, then the first one stands', async () => {
    const store = await open();
    await store.append(anEvent(1));

    await store.append(anEvent(1, { outcome: 'failed' }));

    expect((await store.list(timeline, { limit: 10 })).items).toEqual([anEvent(1)]);
  });

  it('given seven events, when they are listed by threes, then each is seen once, the newest first', async () => {
    const store = await open();
    for (const n of [4, 1, 7, 2, 6, 3, 5]) await store.append(anEvent(n));

    const pages = [];
    let continuation: string | undefined;
    do {
      const page = await store.list(timeline, { limit: 3, ...(continuation && { continuation }) });
      pages.push(page.items.map(({ at }) => new Date(at).getSeconds()));
      continuation = page.continuation;
    } while (continuation);

    expect(pages).toEqual([[7, 6, 5], [4, 3, 2], [1]]);
  });

  it('given events of others, when the timeline is read, then they are not in it', async () => {
    const store = await open();
    await store.append(anEvent(1, { connectorId: 'c2' }));
    await store.append(anEvent(1, { tenantId: ownerOfOtherTenant.tenantId }));

    expect((await store.list(timeline, { limit: 10 })).items).toEqual([]);
  });

  it('given events of three timelines, when the old ones are deleted, then those of that moment and later stay', async () => {
    const store = await open();
    const others = [{ connectorId: 'c2' }, { tenantId: ownerOfOtherTenant.tenantId }];
    for (const whose of [{}, ...others])
      for (const n of [1, 2, 3]) await store.append(anEvent(n, whose));

    for await (const _ of store.deleteBefore(new Date(anEvent(2).at)));

    for (const whose of [{}, ...others]) {
      const { items } = await store.list({ ...timeline, ...whose }, { limit: 10 });
      expect(items).toEqual([anEvent(3, whose), anEvent(2, whose)]);
    }
  });

  it('given a deletion that is left after its first word, when gone on with from there, then nothing old is left', async () => {
    const store = await open();
    for (const connectorId of ['c1', 'c2', 'c3']) await store.append(anEvent(1, { connectorId }));
    const later = new Date(anEvent(2).at);

    let from: string | undefined;
    for (let said = true; said;) {
      said = false;
      for await (const word of store.deleteBefore(later, from)) {
        said = word !== from;
        from = word;
        if (said) break;
      }
    }

    for (const connectorId of ['c1', 'c2', 'c3'])
      expect((await store.list({ ...timeline, connectorId }, { limit: 10 })).items).toEqual([]);
  });
});

describe.each<[string, () => Outbox | Promise<Outbox>]>([
  ['fake', fakeOutbox],
  ['Table Storage', async () => new OutboxTable(await storage.newTable())],
])('Outbox: %s', (_, open) => {
  const pending = async (outbox: Outbox) => {
    const found = [];
    for await (const announcement of outbox.listPending()) found.push(announcement);
    return found;
  };

  it('given announcements of two tenants, when they are asked for, then all come, the oldest of each first', async () => {
    const outbox = await open();
    await outbox.put({ event: anEvent(2), webhookId: 'w1' });
    await outbox.put({ event: anEvent(1) });
    await outbox.put({ event: anEvent(3, { tenantId: ownerOfOtherTenant.tenantId }) });

    const found = await pending(outbox);

    expect(found.filter(({ event }) => event.tenantId === owner.tenantId)).toEqual([
      { event: anEvent(1) },
      { event: anEvent(2), webhookId: 'w1' },
    ]);
    expect(found).toHaveLength(3);
  });

  it('given an announcement that is put twice, when it is deleted twice, then none is left', async () => {
    const outbox = await open();
    await outbox.put({ event: anEvent(1) });
    await outbox.put({ event: anEvent(1) });
    expect(await pending(outbox)).toHaveLength(1);

    await outbox.delete({ event: anEvent(1) });
    await outbox.delete({ event: anEvent(1) });

    expect(await pending(outbox)).toEqual([]);
  });
});
