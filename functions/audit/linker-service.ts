/**
 * Links pending records. Any number of linkers may run: the head of a chain is replaced only if it is
 * the one that was read, and a record that is linked already is refused by the same transaction. A
 * pending record is deleted after its entry was stored, so none is lost and none is linked twice.
 */
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import { mapConcurrently } from '../concurrency/map-concurrently';
import { link } from './chain';
import type { Checkpoint } from './checkpoint';
import type { CheckpointService } from './checkpoint-service';
import type { AuditStore, ConnectionKey, PendingRecord, PendingRecordStore } from './ports';

/** An entry and the row that names its id, and the head: within the hundred rows of a transaction. */
const maxBatch = 49;
/** Characters of the records of one transaction, well below its 4 MiB. */
const maxBatchLength = 500_000;
const maxConcurrentTenants = 8;
const maxConcurrentReads = 16;
/** Other linkers are at work if so many attempts in a row were refused. */
const maxRefusals = 20;
/** One call leaves the rest to the next, so that no tenant keeps the others waiting. */
const maxBatchesPerCall = 100;

export interface LinkReport {
  /** A tenant whose records could not be linked. They stay pending. */
  failed(error: unknown): void;
  checkpointAdded(tenantId: string, checkpoint: Checkpoint): void;
}

export class LinkerService {
  constructor(
    private readonly store: AuditStore,
    private readonly pending: PendingRecordStore,
    private readonly checkpoints: Pick<CheckpointService, 'addIfDue'>,
    /** Provisioning connections of all tenants, or of one. */
    private readonly listConnections: (tenantId?: string) => AsyncIterable<ConnectionKey>,
    private readonly now: () => Date,
  ) {}

  /** Links the records of all tenants, or of one. A tenant that fails does not delay the others. */
  async linkAll(report: LinkReport, only?: string): Promise<number> {
    let count = 0;
    const tenants = await this.tenantsWithSources(only);
    await forEachConcurrently(tenants, maxConcurrentTenants, async ([tenantId, connections]) => {
      try {
        const linked = await this.link(tenantId, [...connections]);
        count += linked;
        const checkpoint = linked > 0 && (await this.checkpoints.addIfDue(tenantId));
        if (checkpoint) report.checkpointAdded(tenantId, checkpoint);
      } catch (error) {
        report.failed(error);
      }
    });
    return count;
  }

  /** Returns the number of records that were linked. */
  private async link(tenantId: string, connectionIds: readonly string[]): Promise<number> {
    let linked = 0;
    let refusals = 0;
    for (let batches = 0; batches < maxBatchesPerCall && refusals < maxRefusals;) {
      // The head before the records: a record that another linker has linked in between is refused.
      const before = await this.store.getHead(tenantId);
      const records = await this.nextBatch(tenantId, connectionIds);
      if (records.length === 0) break;
      const { head, entries } = link(before, records, this.now());
      if (await this.store.append(tenantId, before, head, entries)) {
        await this.pending.delete(tenantId, records);
        linked += records.length;
        batches += 1;
        refusals = 0;
      } else {
        await this.deleteLinked(tenantId, records);
        refusals += 1;
      }
    }
    return linked;
  }

  /** The oldest records of all partitions of the tenant. */
  private async nextBatch(
    tenantId: string,
    connectionIds: readonly string[],
  ): Promise<readonly PendingRecord[]> {
    const own = await this.pending.list(tenantId, undefined, maxBatch);
    // A record of a deleted connection names a partition that no list of connections names.
    const named = own.flatMap(({ record }) => record.connectionId ?? []);
    const others = await mapConcurrently(
      new Set([...connectionIds, ...named]),
      maxConcurrentReads,
      (connectionId) => this.pending.list(tenantId, connectionId, maxBatch),
    );
    return firstThatFit([own, ...others].flat().toSorted(byId));
  }

  /** A linker stopped between the entry and the deletion of its record, or is about to delete it. */
  private async deleteLinked(tenantId: string, records: readonly PendingRecord[]): Promise<void> {
    const linked = await this.store.findLinked(
      tenantId,
      records.map(({ id }) => id),
    );
    const done = records.filter(({ id }) => linked.has(id));
    if (done.length > 0) await this.pending.delete(tenantId, done);
  }

  private async tenantsWithSources(
    only?: string,
  ): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const tenants = new Map<string, Set<string>>();
    for await (const { tenantId, connectionId } of this.listConnections(only))
      tenants.set(tenantId, (tenants.get(tenantId) ?? new Set()).add(connectionId));
    if (only !== undefined) return tenants.set(only, tenants.get(only) ?? new Set());
    for await (const tenantId of this.pending.listTenants())
      if (!tenants.has(tenantId)) tenants.set(tenantId, new Set());
    return tenants;
  }
}

/** The same record may be pending in two places after it was put twice; one of them is linked. */
function firstThatFit(sorted: readonly PendingRecord[]): readonly PendingRecord[] {
  const batch: PendingRecord[] = [];
  let length = 0;
  for (const each of sorted) {
    if (each.id === batch.at(-1)?.id) continue;
    length += JSON.stringify(each.record).length;
    if (batch.length === maxBatch || (batch.length > 0 && length > maxBatchLength)) break;
    batch.push(each);
  }
  return batch;
}

const byId = (one: PendingRecord, other: PendingRecord) => (one.id < other.id ? -1 : 1);
