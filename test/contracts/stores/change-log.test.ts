/** ChangeLog: one contract for the fake of unit tests and the Table Storage adapter. */
import { SyncChangeTable } from '../../../functions/azure/tables/catalog/sync-change-table';
import type { ChangeQuery, LoggedChange } from '../../../functions/catalog/change-log';
import type { ChangeLog } from '../../../functions/catalog/ports';
import { fakeChangeLog } from '../../fakes/change-log';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const connector = { tenantId: 'contoso', connectorId: 'c1' };
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'Sales' };
const added = (n: number): LoggedChange => ({
  rowKey: `dataset|d${String(n).padStart(4, '0')}`,
  change: 'added',
  kind: 'dataset',
  name: `D${n}`,
});
const removed: LoggedChange = {
  rowKey: 'trigger|t~00fc',
  change: 'removed',
  kind: 'trigger',
  name: 'Tü',
};
const activity: LoggedChange = {
  rowKey: 'activity|load|copy',
  change: 'changed',
  kind: 'activity',
  name: 'Copy',
  parent: 'Load',
};

describe.each<[string, () => ChangeLog | Promise<ChangeLog>]>([
  ['fake', fakeChangeLog],
  ['Table Storage', async () => new SyncChangeTable(await storage.newTable())],
])('ChangeLog: %s', (_, open) => {
  async function listAll(log: ChangeLog, query: ChangeQuery = {}, limit = 100) {
    const found: LoggedChange[] = [];
    let continuation: string | undefined;
    do {
      const page = await log.list(connector, 'r1', query, {
        limit,
        ...(continuation !== undefined && { continuation }),
      });
      found.push(...page.items);
      continuation = page.continuation;
    } while (continuation !== undefined);
    return found;
  }

  it('lists a change that was recorded twice once, with its factory', async () => {
    const log = await open();
    await log.record(connector, 'r1', factory, [added(1), removed, activity]);
    await log.record(connector, 'r1', factory, [removed]);

    expect(await listAll(log)).toEqual([
      { ...activity, factory },
      { ...added(1), factory },
      { ...removed, factory },
    ]);
  });

  it('lists each change once after an interrupted step', async () => {
    const log = await open();
    await log.record(connector, 'r1', factory, [added(1), added(2), removed]);
    await log.record(connector, 'r1', factory, [
      { ...added(1), change: 'changed' },
      { ...added(2), change: 'removed' },
      added(3),
    ]);

    expect((await listAll(log, {}, 1)).map(({ change, name }) => `${change} ${name}`)).toEqual([
      'added D1',
      'removed D2',
      'added D3',
      'removed Tü',
    ]);
  });

  it('lists more changes than fit in a row by pages and filters', async () => {
    const log = await open();
    await log.record(connector, 'r1', factory, [
      ...Array.from({ length: 4_500 }, (_, n) => added(n)),
      removed,
    ]);

    expect(await listAll(log, {}, 900)).toHaveLength(4_501);
    expect(await listAll(log, { change: 'removed' })).toEqual([{ ...removed, factory }]);
    expect(await listAll(log, { change: 'removed', kind: 'dataset' })).toEqual([]);
  });

  it('deletes one sync run or connector and keeps the others', async () => {
    const log = await open();
    const other = { ...connector, connectorId: 'c2' };
    await log.record(connector, 'r1', factory, [added(1)]);
    await log.record(connector, 'r2', factory, [added(2)]);
    await log.record(other, 'r1', factory, [added(3)]);

    await log.deleteRun(connector, 'r2');
    await log.deleteConnector({ tenantId: 'contoso', connectorId: 'c2' });

    expect(await listAll(log)).toHaveLength(1);
    expect((await log.list(connector, 'r2', {}, { limit: 9 })).items).toEqual([]);
    expect((await log.list(other, 'r1', {}, { limit: 9 })).items).toEqual([]);
  });
});
