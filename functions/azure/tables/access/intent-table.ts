/** IntentStore in Table Storage. The keys are in access-keys.ts. */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import type { DirectoryKey } from '../../../access/directory';
import {
  intentColumns,
  intentRowKey,
  target,
  toAttachedRow,
  urgencies,
  type Intent,
  type IntentTarget,
  type Urgency,
} from '../../../access/intents/intent';
import type { IntentCounts, IntentStore } from '../../../access/ports';
import type { Stored } from '../../../storage/stored';
import { deleteRow, replaceRow, storedEtag } from '../../table-storage/conditional-write';
import { submitUnconditional } from '../../table-storage/unconditional-write';
import { onStatus } from '../../table-storage/table-client';
import { directoryPartition } from '../directory/directory-keys';
import { inDirectory, toRow } from './access-keys';

const maxRowsPerTransaction = 100;
const keyColumn = z.object({ rowKey: z.string() });

export class IntentTable implements IntentStore {
  constructor(private readonly table: TableClient) {}

  async listDue(
    key: DirectoryKey,
    urgency: Urgency,
    now: Date,
    limit: number,
  ): Promise<readonly Stored<Intent>[]> {
    const due: Stored<Intent>[] = [];
    const filter = `${inDirectory(key, `intent-${urgency}-`)} and ${odata`dueAt le ${now.toISOString()}`}`;
    // A page of the default size would read far more rows than are worked on.
    const pages = this.table
      .listEntities({ queryOptions: { filter } })
      .byPage({ maxPageSize: limit });
    for await (const page of pages) {
      due.push(...page.slice(0, limit - due.length).map(toIntent));
      if (due.length === limit) break;
    }
    return due;
  }

  async get(key: DirectoryKey, of: IntentTarget): Promise<readonly Stored<Intent>[]> {
    const rows = await Promise.all(
      urgencies.map((urgency) =>
        this.table
          .getEntity(directoryPartition(key), intentRowKey(urgency, of))
          .catch(onStatus(404, () => undefined)),
      ),
    );
    return rows.flatMap((row) => (row ? toIntent(row) : []));
  }

  async put(key: DirectoryKey, intents: readonly Intent[]): Promise<void> {
    // One transaction must not write a row twice.
    const rows = new Map(intents.map((intent) => [toAttachedRow(intent).rowKey, intent]));
    const actions = [...rows.values()].map((intent): TransactionAction => [
      'upsert',
      toRow(key, toAttachedRow(intent)),
      'Replace',
    ]);
    for (let first = 0; first < actions.length; first += maxRowsPerTransaction)
      await submitUnconditional(this.table, actions.slice(first, first + maxRowsPerTransaction));
  }

  async replace(key: DirectoryKey, { etag, ...intent }: Stored<Intent>): Promise<boolean> {
    const newer = () => false;
    return replaceRow(this.table, toRow(key, toAttachedRow(intent)), etag)
      .then(() => true)
      .catch(onStatus(412, newer))
      .catch(onStatus(404, newer));
  }

  async delete(key: DirectoryKey, { etag, ...intent }: Stored<Intent>): Promise<void> {
    const { urgency, target: of } = intent;
    const rowKey = intentRowKey(urgency, of);
    await deleteRow(this.table, { partitionKey: directoryPartition(key), rowKey }, etag)
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
  }

  async count(key: DirectoryKey): Promise<IntentCounts> {
    const counts = { revoke: 0, grant: 0, held: 0 };
    let oldest: string | undefined;
    for await (const row of this.all(key)) {
      const { urgency, problem, requestedAt } = toIntent(row);
      counts[urgency]++;
      if (problem === 'held') counts.held++;
      if (oldest === undefined || requestedAt < oldest) oldest = requestedAt;
    }
    return { ...counts, ...(oldest !== undefined && { oldestRequestedAt: oldest }) };
  }

  async hasHeld(key: DirectoryKey, problem: string, besides?: IntentTarget): Promise<boolean> {
    const filter = `${inDirectory(key, 'intent-')} and ${odata`problem eq ${problem}`}`;
    // A subject has an intent of each urgency.
    const pages = this.table
      .listEntities({ queryOptions: { filter } })
      .byPage({ maxPageSize: urgencies.length + 1 });
    for await (const page of pages)
      if (page.map(toIntent).some(({ target: of }) => !isSameTarget(of, besides))) return true;
    return false;
  }

  async release(key: DirectoryKey, problem: string, now: Date): Promise<void> {
    const held: Stored<Intent>[] = [];
    for await (const row of this.all(key)) {
      const intent = toIntent(row);
      if (intent.problem === problem) held.push(intent);
    }
    // A newer intent that replaced one meanwhile is due already.
    for (const intent of held) await this.replace(key, { ...intent, dueAt: now.toISOString() });
  }

  private all(key: DirectoryKey) {
    return this.table.listEntities({ queryOptions: { filter: inDirectory(key, 'intent-') } });
  }
}

const isSameTarget = (one: IntentTarget, other: IntentTarget | undefined): boolean =>
  one.kind === other?.kind && one.id === other.id;

function toIntent(row: object): Stored<Intent> {
  const [, urgency, kind, ...id] = keyColumn.parse(row).rowKey.split('-');
  return {
    ...intentColumns.parse(row),
    urgency: z.enum(urgencies).parse(urgency),
    target: target.parse({ kind, id: id.join('-') }),
    etag: storedEtag(row),
  };
}
