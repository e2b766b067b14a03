/**
 * Events in Table Storage: PartitionKey `{tenant}|{connector}`, RowKey the inverted id, so that the newest stands first.
 * A row is written once and never changed.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { eventType, type Doer, type EventData, type RecordedEvent } from '../../events/event';
import type { EventStore, EventStream } from '../../events/ports';
import type { Page, PageRequest } from '../../storage/page';
import { firstUlid, inverted } from '../../storage/ulid';
import { deleteAfterKey } from '../table-storage/row-deletion';
import { on, pageOf } from '../table-storage/table-client';

const json = <T>() => z.string().transform((text) => JSON.parse(text) as T);

/** Named column by column: a row carries OData annotations that must not leak into the domain. */
const row = z.object({
  id: z.string(),
  type: eventType,
  at: z.string(),
  actor: json<Doer>(),
  outcome: z.enum(['succeeded', 'failed']),
  data: json<EventData>(),
});

export class EventTable implements EventStore {
  constructor(private readonly table: TableClient) {}

  async append(event: RecordedEvent): Promise<void> {
    await this.table.createEntity(toRow(event)).catch(on(409, () => undefined));
  }

  async list(timeline: EventStream, request: PageRequest): Promise<Page<RecordedEvent>> {
    const { tenantId, connectorId } = timeline;
    const filter = odata`PartitionKey eq ${partition(timeline)}`;
    return pageOf(this.table, filter, request, (found) => ({
      tenantId,
      connectorId,
      ...row.parse(found),
    }));
  }

  deleteBefore(time: Date, from?: string): AsyncIterable<string> {
    return deleteAfterKey(this.table, inverted(firstUlid(time)), from);
  }
}

const partition = ({ tenantId, connectorId }: EventStream) => `${tenantId}|${connectorId}`;

const toRow = (event: RecordedEvent) => ({
  partitionKey: partition(event),
  rowKey: inverted(event.id),
  id: event.id,
  type: event.type,
  at: event.at,
  actor: JSON.stringify(event.actor),
  outcome: event.outcome,
  data: JSON.stringify(event.data),
});
