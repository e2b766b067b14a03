/**
 * EventStore in Table Storage. PartitionKey: `{tenantId}|{connectorId}`. RowKey: the inverted event
 * id, so rows sort newest first. A row never changes.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { recordedEvent, type RecordedEvent } from '../../events/event';
import type { EventStore, EventStream } from '../../events/ports';
import type { Page, PageRequest } from '../../storage/page';
import { firstUlid, invertUlid } from '../../storage/ulid';
import { createRow } from '../table-storage/conditional-write';
import { jsonColumn } from '../table-storage/json-column';
import { deleteAfterKey } from '../table-storage/row-deletion';
import { onStatus, readPage } from '../table-storage/table-client';

const { id, type, at, actor, outcome, data } = recordedEvent.shape;
const columns = z.object({
  id,
  type,
  at,
  actor: jsonColumn(actor),
  outcome,
  data: jsonColumn(data),
});

export class EventTable implements EventStore {
  constructor(private readonly table: TableClient) {}

  async append(event: RecordedEvent): Promise<void> {
    await createRow(this.table, toRow(event)).catch(onStatus(409, () => undefined));
  }

  async list(stream: EventStream, page: PageRequest): Promise<Page<RecordedEvent>> {
    const { tenantId, connectorId } = stream;
    const filter = odata`PartitionKey eq ${partitionOf(stream)}`;
    return readPage(this.table, filter, page, (row) => ({
      tenantId,
      connectorId,
      ...columns.parse(row),
    }));
  }

  deleteBefore(time: Date, checkpoint?: string): AsyncIterable<string> {
    return deleteAfterKey(this.table, invertUlid(firstUlid(time)), checkpoint);
  }
}

const partitionOf = ({ tenantId, connectorId }: EventStream) => `${tenantId}|${connectorId}`;

const toRow = (event: RecordedEvent) => ({
  partitionKey: partitionOf(event),
  rowKey: invertUlid(event.id),
  id: event.id,
  type: event.type,
  at: event.at,
  actor: JSON.stringify(event.actor),
  outcome: event.outcome,
  data: JSON.stringify(event.data),
});
