/**
 * EventStore in Table Storage. Each event is two rows: one with PartitionKey `{tenantId}|{connectorId}`
 * for the list of a connector, one with `{tenantId}|` for the list of the tenant. A second row costs
 * less than a search through all connectors. RowKey: the inverted event id, so rows sort newest first,
 * and a time range is a range of keys. A row never changes.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { recordedEvent, type RecordedEvent } from '../../events/event';
import type { EventQuery, EventStore } from '../../events/ports';
import type { Page, PageRequest } from '../../storage/page';
import { firstUlid, invertUlid } from '../../storage/ulid';
import { jsonColumn } from '../table-storage/json-column';
import { deleteAfterKey } from '../table-storage/row-deletion';
import { readPage } from '../table-storage/table-client';
import { createOnce } from '../table-storage/unconditional-write';

const { connectorId, id, type, at, actor, outcome, data } = recordedEvent.shape;
const columns = z.object({
  connectorId,
  id,
  type,
  at,
  actor: jsonColumn(actor),
  outcome,
  data: jsonColumn(data),
});

const wholeTenant = '';

export class EventTable implements EventStore {
  constructor(private readonly table: TableClient) {}

  /**
   * Each event is appended with its change and again when it is relayed. A row that exists is the
   * same event, also if it is from an attempt whose response was lost.
   */
  async append(event: RecordedEvent): Promise<void> {
    await Promise.all(
      [event.connectorId, wholeTenant].map((partition) =>
        createOnce(this.table, toRow(event, partition)),
      ),
    );
  }

  async list(query: EventQuery, page: PageRequest): Promise<Page<RecordedEvent>> {
    const { tenantId } = query;
    return readPage(this.table, filterOf(query), page, (row) => ({
      ...columns.parse(row),
      tenantId,
    }));
  }

  deleteBefore(time: Date, checkpoint?: string): AsyncIterable<string> {
    return deleteAfterKey(this.table, invertUlid(firstUlid(time)), checkpoint);
  }
}

const partitionOf = (tenantId: string, partition: string) => `${tenantId}|${partition}`;

function filterOf({
  tenantId,
  connectorId: connector,
  type: only,
  actor: by,
  from,
  to,
}: EventQuery) {
  const conditions = [
    odata`PartitionKey eq ${partitionOf(tenantId, connector ?? wholeTenant)}`,
    // Inverted ids: the later the time, the smaller the key.
    from && odata`RowKey le ${invertUlid(firstUlid(from))}`,
    to && odata`RowKey gt ${invertUlid(firstUlid(to))}`,
    only && odata`type eq ${only}`,
    by !== undefined && odata`actorId eq ${by}`,
  ];
  return conditions.filter(Boolean).join(' and ');
}

const toRow = (event: RecordedEvent, partition: string) => ({
  partitionKey: partitionOf(event.tenantId, partition),
  rowKey: invertUlid(event.id),
  connectorId: event.connectorId,
  id: event.id,
  type: event.type,
  at: event.at,
  actor: JSON.stringify(event.actor),
  /** For the filter only. */
  actorId: event.actor === 'system' ? event.actor : event.actor.objectId.toLowerCase(),
  outcome: event.outcome,
  data: JSON.stringify(event.data),
});
