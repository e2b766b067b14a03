/** The conditional writes of indexes and run history, for the test that loses their responses. */
import type { TableClient } from '@azure/data-tables';
import { OrchestrationTable } from '../../../../functions/azure/tables/orchestration-table';
import { PushTable } from '../../../../functions/azure/tables/openlineage/push-table';
import { TargetTable } from '../../../../functions/azure/tables/openlineage/target-table';
import { PackedUnitTable } from '../../../../functions/azure/tables/catalog/packed-unit-table';
import { RunHistoryStateTable } from '../../../../functions/azure/tables/run-history-state-table';
import { RunHistoryTable } from '../../../../functions/azure/tables/run-history-table';
import { factoryHash } from '../../../../functions/data-factory/resource-id';
import { newPush } from '../../../../functions/openlineage/push/push';
import type { Target } from '../../../../functions/openlineage/push/target';
import type { Orchestration } from '../../../../functions/ops/orchestration';
import { now, owner } from '../../../support/builders';

const { tenantId } = owner;
const key = { tenantId, connectorId: 'c1' };
const at = now.toISOString();
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const partition = { ...key, factory: factoryHash(factory), day: '20260115' };
const orchestration: Orchestration = {
  tenantId,
  instanceId: 'sync-1',
  name: 'syncConnector',
  status: 'Running',
  createdAt: at,
  updatedAt: at,
};

const target: Target = { ...key, version: 1, updatedAt: at };
const push = newPush(key, 1, now);

export const indexWrites = [
  {
    name: 'TargetTable.create',
    calls: ['target-table writeWithEvents'],
    prepare: async (table: TableClient) => (breaking: TableClient) =>
      new TargetTable(breaking, table).create(target),
  },
  {
    name: 'TargetTable.replace',
    calls: [],
    async prepare(table: TableClient) {
      const stored = await new TargetTable(table, table).create(target);
      return (breaking: TableClient) =>
        new TargetTable(breaking, table).replace({ ...stored, version: 2 });
    },
  },
  {
    name: 'TargetTable.delete',
    calls: ['target-table deleteRow'],
    repeatable: true as const,
    async prepare(table: TableClient) {
      await new TargetTable(table, table).create(target);
      return (breaking: TableClient) => new TargetTable(breaking, table).delete(key);
    },
  },
  {
    name: 'PushTable.create',
    calls: ['push-table createRow'],
    prepare: async () => (breaking: TableClient) => new PushTable(breaking).create(push),
  },
  {
    name: 'PushTable.replace',
    calls: ['push-table replaceRow'],
    async prepare(table: TableClient) {
      const stored = await new PushTable(table).create(push);
      return (breaking: TableClient) => new PushTable(breaking).replace({ ...stored, requests: 2 });
    },
  },
  {
    name: 'PushTable.delete',
    calls: ['push-table deleteRow'],
    repeatable: true as const,
    async prepare(table: TableClient) {
      await new PushTable(table).create(push);
      return (breaking: TableClient) => new PushTable(breaking).delete(key);
    },
  },
  {
    name: 'OrchestrationTable.create',
    calls: ['orchestration-table writeRows'],
    prepare: async () => (table: TableClient) =>
      new OrchestrationTable(table).create(orchestration),
  },
  {
    name: 'OrchestrationTable.put',
    calls: ['orchestration-table writeRows'],
    repeatable: true as const,
    prepare: async () => (table: TableClient) => new OrchestrationTable(table).put(orchestration),
  },
  {
    name: 'OrchestrationTable.replace',
    calls: ['orchestration-table writeRows'],
    async prepare(table: TableClient) {
      await new OrchestrationTable(table).create(orchestration);
      const stored = (await new OrchestrationTable(table).get(tenantId, 'sync-1'))!;
      return (breaking: TableClient) =>
        new OrchestrationTable(breaking).replace({ ...stored, status: 'Completed' });
    },
  },
  {
    name: 'OrchestrationTable.delete',
    calls: ['orchestration-table deleteRow', 'orchestration-table deleteRow'],
    isSuccess: (isDeleted: unknown) => isDeleted === true,
    async prepare(table: TableClient) {
      await new OrchestrationTable(table).create(orchestration);
      return (breaking: TableClient) => new OrchestrationTable(breaking).delete(orchestration);
    },
  },
  {
    name: 'PackedUnitTable.save',
    // The transaction is written by multi-row-json.ts.
    calls: [],
    async prepare(table: TableClient) {
      const loaded = await new PackedUnitTable(table, 'lineage').loadHead(key, factory);
      const head = { rules: 1, versions: new Map([['pipeline|load', 'v1']]) };
      const buckets = new Map([[0, [{ rowKey: 'pipeline|load' }]]]);
      return (breaking: TableClient) =>
        new PackedUnitTable(breaking, 'lineage').save(key, factory, head, buckets, loaded);
    },
  },
  {
    name: 'PackedUnitTable.forget',
    calls: ['packed-unit-table writeRows', 'packed-unit-table deleteRow'],
    repeatable: true as const,
    async prepare(table: TableClient) {
      const units = new PackedUnitTable(table, 'lineage');
      const head = { rules: 1, versions: new Map([['pipeline|load', 'v1']]) };
      const buckets = new Map([[0, [{ rowKey: 'pipeline|load' }]]]);
      await units.save(key, factory, head, buckets, await units.loadHead(key, factory));
      const loaded = await units.loadHead(key, factory);
      return (breaking: TableClient) =>
        new PackedUnitTable(breaking, 'lineage').forget(key, factory, loaded);
    },
  },
  {
    name: 'RunHistoryStateTable.claim without a state',
    calls: ['run-history-state-table createRow'],
    async prepare(table: TableClient) {
      const loaded = await new RunHistoryStateTable(table).load(key, factory);
      return (breaking: TableClient) =>
        new RunHistoryStateTable(breaking).claim(key, factory, loaded, { writer: 1 });
    },
  },
  {
    name: 'RunHistoryStateTable.claim of a state',
    calls: ['run-history-state-table mergeRow'],
    async prepare(table: TableClient) {
      const states = new RunHistoryStateTable(table);
      await states.claim(key, factory, await states.load(key, factory), { writer: 1 });
      const loaded = await states.load(key, factory);
      return (breaking: TableClient) =>
        new RunHistoryStateTable(breaking).claim(key, factory, loaded, { writer: 2 });
    },
  },
  {
    name: 'RunHistoryTable.dismissWriter',
    calls: ['run-history-table deleteRow'],
    repeatable: true as const,
    async prepare(table: TableClient) {
      const writer = { version: 'v1', writer: 1 };
      await new RunHistoryTable(table).admitWriter(partition, writer);
      return (breaking: TableClient) =>
        new RunHistoryTable(breaking).dismissWriter(partition, writer);
    },
  },
];
