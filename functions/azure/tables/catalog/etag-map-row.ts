/**
 * The row of an etag map, and its conversion. The map is in gzip columns, about 60 bytes per object;
 * a large one continues in further rows.
 */
import { z } from 'zod';
import type { CompletedList, EtagEntry, EtagMap, LoadedEtagMap } from '../../../catalog/etag-map';
import type { FactoryRef, ListedKind } from '../../../data-factory/resource';
import { factoryHash } from '../../../data-factory/resource-id';
import type { ConnectorKey } from '../../../storage/connector-key';
import { storedEtag } from '../../table-storage/conditional-write';
import { fromGzipColumns } from '../../table-storage/gzip-columns';
import { jsonColumn, type SchemaShape } from '../../table-storage/json-column';
import { massRemoval, tallies } from '../sync-run-json';
import { columnsOf, partition } from './factory-row';

/**
 * Raised when the format of rows changes. Entries of an older version are ignored, so all rows are
 * written again.
 */
const schemaVersion = 3;

const completedList = z.object({
  syncRunId: z.string(),
  tallies,
  massRemoval: massRemoval.exactOptional(),
} satisfies SchemaShape<CompletedList>);

/** Continuation rows and rows of other stores have only some of these columns. */
const columns = z.object({
  schemaVersion: z.int().optional(),
  dirtySyncRunId: z.string().default(''),
  writer: z.string().default(''),
  earlierWriters: z.string().default(''),
  savedBy: z.string().default(''),
  completed: jsonColumn(completedList).optional(),
});

/** Row key, etag, hash, number of activities, and sync run of each object. */
const storedEntries = z.array(
  z.tuple([z.string(), z.string(), z.string(), z.number(), z.string().nullable()]),
);

/** The key of the row whose version guards all that is stored of a kind. */
export const keyOf = (connector: ConnectorKey, factory: FactoryRef, kind: ListedKind) => ({
  partitionKey: partition(connector),
  rowKey: `${factoryHash(factory)}|${kind}`,
});

export const keyColumns = (connector: ConnectorKey, factory: FactoryRef, kind: ListedKind) => ({
  ...keyOf(connector, factory, kind),
  kind,
  ...columnsOf(factory),
});

/** The map of its first row and the continuation rows. */
export function toEtagMap(
  row: Record<string, unknown>,
  more: readonly Record<string, unknown>[],
): LoadedEtagMap {
  const { schemaVersion: version, dirtySyncRunId, writer, ...others } = columns.parse(row);
  const { earlierWriters, savedBy, completed } = others;
  const isCurrent = version === schemaVersion;
  const stored = storedEntries.parse(JSON.parse(fromGzipColumns([row, ...more]) ?? '[]'));
  return {
    entries: new Map(
      stored.map(([key, etag, hash, children, syncRunId]): [string, EtagEntry] => [
        key,
        {
          hash: isCurrent ? hash : '',
          ...(isCurrent && etag !== '' && { etag }),
          ...(children > 0 && { children }),
          ...(syncRunId !== null && { syncRunId }),
        },
      ]),
    ),
    ...(dirtySyncRunId !== '' && { dirtySyncRunId }),
    ...(writer !== savedBy && { isInterrupted: true }),
    ...(completed && { completed }),
    version: {
      etag: storedEtag(row),
      ...(writer !== '' && { writer }),
      ...(earlierWriters !== '' && { earlierWriters: earlierWriters.split(' ') }),
    },
  };
}

/** The columns beside those of the key, and the JSON of the entries. */
export function fromEtagMap(map: EtagMap, writer: string) {
  const entries = [...map.entries].map(
    ([rowKey, { etag = '', hash, children = 0, syncRunId = null }]) => [
      rowKey,
      etag,
      hash,
      children,
      syncRunId,
    ],
  );
  const row = {
    dirtySyncRunId: map.dirtySyncRunId ?? '',
    writer,
    earlierWriters: '',
    savedBy: map.isInterrupted ? '' : writer,
    schemaVersion,
    ...(map.completed && { completed: JSON.stringify(map.completed) }),
  };
  return { row, json: JSON.stringify(entries) };
}
