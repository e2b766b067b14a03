/**
 * PushStore in Table Storage, beside the webhooks. PartitionKey: `openlineage`, so one query finds what
 * is due. RowKey: `{tenant}|{connector}`.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { StaleError } from '../../../errors/app-error';
import type { PushStore } from '../../../openlineage/ports';
import { pushState, type Push } from '../../../openlineage/push/push';
import type { ConnectorKey } from '../../../storage/connector-key';
import type { Stored } from '../../../storage/stored';
import {
  createRow,
  deleteRow,
  replaceRow,
  storedEtag,
} from '../../table-storage/conditional-write';
import { jsonColumn } from '../../table-storage/json-column';
import { onStatus, prefixRange, throwAs } from '../../table-storage/table-client';

const partitionKey = 'openlineage';
const columns = z.object({ state: jsonColumn(pushState) });

const outdated = throwAs(
  StaleError,
  'openlineage_progress_changed',
  'Another worker sends the events of the connector. Read the push again.',
);

export class PushTable implements PushStore {
  constructor(private readonly table: TableClient) {}

  async get({ tenantId, connectorId }: ConnectorKey): Promise<Stored<Push> | undefined> {
    const row = await this.table
      .getEntity(partitionKey, rowKeyOf({ tenantId, connectorId }))
      .catch(onStatus(404, () => undefined));
    return row && toPush(row);
  }

  create(push: Push): Promise<Stored<Push>> {
    return written(push, createRow(this.table, toRow(push)));
  }

  replace({ etag, ...push }: Stored<Push>): Promise<Stored<Push>> {
    return written(push, replaceRow(this.table, toRow(push), etag));
  }

  delete(key: ConnectorKey): Promise<void> {
    return deleteRow(this.table, { partitionKey, rowKey: rowKeyOf(key) });
  }

  async *listDue(
    now: Date,
    tenantId: string | undefined,
    onUnreadable: (error: unknown) => void,
  ): AsyncGenerator<Stored<Push>> {
    const range = tenantId === undefined ? undefined : prefixRange(`${tenantId}|`);
    const filter = [
      odata`PartitionKey eq ${partitionKey} and pending eq true and dueAt le ${now.toISOString()}`,
      ...(range ? [odata`RowKey ge ${range.from} and RowKey lt ${range.to}`] : []),
    ].join(' and ');
    for await (const row of this.table.listEntities({ queryOptions: { filter } })) {
      const push = tryToParse(row, onUnreadable);
      if (push) yield push;
    }
  }
}

/** A later version wrote the row before a rollback, or a person did. The error names the connector. */
function tryToParse(row: Row, onUnreadable: (error: unknown) => void): Stored<Push> | undefined {
  try {
    return toPush(row);
  } catch (cause) {
    const { connectorId } = keyOf(row);
    onUnreadable(
      new Error(`The stored push of connector ${connectorId} cannot be read.`, { cause }),
    );
    return undefined;
  }
}

async function written(push: Push, write: Promise<string>): Promise<Stored<Push>> {
  const etag = await write
    .catch(onStatus(409, outdated))
    .catch(onStatus(412, outdated))
    .catch(onStatus(404, outdated));
  return { ...push, etag };
}

const rowKeyOf = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;

const toRow = ({ tenantId, connectorId, ...state }: Push) => ({
  partitionKey,
  rowKey: rowKeyOf({ tenantId, connectorId }),
  pending: state.pending,
  dueAt: state.dueAt,
  state: JSON.stringify(state),
});

interface Row {
  readonly rowKey?: string;
  readonly etag: string;
}

function keyOf({ rowKey = '' }: Row): ConnectorKey {
  const [tenantId = '', connectorId = ''] = rowKey.split('|');
  return { tenantId, connectorId };
}

const toPush = (row: Row): Stored<Push> => ({
  ...columns.parse(row).state,
  ...keyOf(row),
  etag: storedEtag(row),
});
