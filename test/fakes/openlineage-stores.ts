/** In-memory TargetStore and PushStore. The contract tests hold them to the adapters. */
import { StaleError } from '../../functions/errors/app-error';
import type { PushStore, TargetStore } from '../../functions/openlineage/ports';
import type { ConnectorKey } from '../../functions/storage/connector-key';
import type { Stored } from '../../functions/storage/stored';
import { fakeOutbox, type FakeOutbox } from './event-store';

let version = 0;
const keyOf = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;

function rowsOf<T extends ConnectorKey>(code: string) {
  const rows = new Map<string, Stored<T>>();
  const put = (value: T, expected: string | undefined): Stored<T> => {
    if (rows.get(keyOf(value))?.etag !== expected) throw new StaleError(code, 'stale');
    const stored = { ...value, etag: `W/"${++version}"` };
    rows.set(keyOf(value), stored);
    return stored;
  };
  return { rows, put };
}

/** Puts the events of a change into the outbox, as the adapter does. */
export function fakeTargetStore(outbox: Pick<FakeOutbox, 'add'> = fakeOutbox()): TargetStore {
  const { rows, put } = rowsOf<Parameters<TargetStore['create']>[0]>('openlineage_push_changed');
  return {
    get: async (key) => rows.get(keyOf(key)),
    async create(target, events = []) {
      const stored = put(target, undefined);
      outbox.add(events);
      return stored;
    },
    async replace({ etag, ...target }, events = []) {
      const stored = put(target, etag);
      outbox.add(events);
      return stored;
    },
    delete: async (key) => void rows.delete(keyOf(key)),
  };
}

export function fakePushStore(): PushStore {
  const { rows, put } = rowsOf<Parameters<PushStore['create']>[0]>('openlineage_progress_changed');
  return {
    get: async (key) => rows.get(keyOf(key)),
    create: async (push) => put(push, undefined),
    replace: async ({ etag, ...push }) => put(push, etag),
    delete: async (key) => void rows.delete(keyOf(key)),
    async *listDue(now, tenantId) {
      yield* [...rows.values()].filter(
        (each) =>
          each.pending &&
          each.dueAt <= now.toISOString() &&
          (tenantId === undefined || each.tenantId === tenantId),
      );
    },
  };
}
