/** Slow receivers of one customer must not keep a worker busy: the host ends one after ten minutes. */
import { newPush, type Push } from '../../functions/openlineage/push/push';
import { PushService, type PushStores } from '../../functions/openlineage/push/push-service';
import type { Stored } from '../../functions/storage/stored';
import { now, owner } from '../support/builders';
import { fakeWorkRequests } from '../fakes/work-requests';

const { tenantId } = owner;
const ids = Array.from({ length: 20 }, (_, n) => `c${n + 10}`);
const slowMs = 20_000;
const unused = undefined as never;

/** Twenty connectors with something to send, the last one longest. Each push takes a slice of time. */
function slowPushes({ unreadable }: { readonly unreadable?: Error } = {}) {
  let clock = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => clock);
  const begun: string[] = [];
  const workRequests = fakeWorkRequests();
  const due = ids.map((connectorId, n): Stored<Push> => {
    const since = new Date(now.getTime() - n * 1_000);
    return { ...newPush({ tenantId, connectorId }, 1, since), etag: '1' };
  });
  const stores: Partial<PushStores> = {
    pushStore: {
      async *listDue(_now, _tenantId, onUnreadable) {
        if (unreadable) onUnreadable?.(unreadable);
        yield* due;
      },
      get: unused,
      create: unused,
      replace: unused,
      delete: async () => {},
    },
    targetStore: {
      async get({ connectorId }) {
        begun.push(connectorId);
        clock += slowMs;
        return undefined;
      },
    },
  };
  const pushes = new PushService(
    stores as PushStores,
    unused,
    unused,
    unused,
    unused,
    unused,
    workRequests,
    () => now,
  );
  const failures: unknown[] = [];
  const fail = (error: unknown) => void failures.push(error);
  return { begun, failures, workRequests, run: () => pushes.pushDue(fail) };
}

afterEach(() => jest.restoreAllMocks());

describe('a run that meets slow receivers', () => {
  it('begins no push after its time', async () => {
    const { run, begun, failures } = slowPushes();

    await run();

    expect(begun).toHaveLength(2);
    expect(failures).toEqual([]);
  });

  it('begins with those that wait longest', async () => {
    const { run, begun } = slowPushes();

    await run();

    expect(begun).toEqual(['c29', 'c28']);
  });

  it('asks for the rest by one message for each tenant', async () => {
    const { run, workRequests } = slowPushes();

    await run();

    expect(workRequests.requested).toEqual([
      { task: 'pushOpenLineage', tenantId, delaySeconds: 0 },
    ]);
  });
});

it('reports a row that cannot be read, and sends for the others', async () => {
  const unreadable = new Error('The stored push of connector c9 cannot be read.');
  const { run, begun, failures } = slowPushes({ unreadable });

  await run();

  expect([begun.length, failures]).toEqual([2, [unreadable]]);
});
