/** Users and groups as rows. Attributes are one JSON text, gzipped if it is long. */
import type { TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { TooLargeError } from '../../../errors/app-error';
import {
  uniqueNameOf,
  type DirectoryKey,
  type DirectoryResource,
  type StoredResource,
} from '../../../provisioning/directory/directory';
import type { Attributes } from '../../../scim/resource';
import type { ResourceTypeName } from '../../../scim/schema/resource-type';
import { storedEtag } from '../../table-storage/conditional-write';
import { fromGzipColumns, toGzipColumns } from '../../table-storage/gzip-columns';
import {
  directoryPartition,
  externalIdPrefix,
  nameRowKey,
  resourcePrefix,
  resourceRowKey,
} from './directory-keys';

/** A text property has at most 32,768 characters. */
const maxTextLength = 30_000;
/** Fits into one row, however badly it compresses. */
const maxJsonBytes = 524_288;

const columns = z.object({
  attributes: z.string().exactOptional(),
  createdAt: z.string(),
  lastModifiedAt: z.string(),
  version: z.int(),
  pendingJournal: z.string().exactOptional(),
});

export function toResourceRow(key: DirectoryKey, resource: DirectoryResource) {
  const { type, id, attributes, createdAt, lastModifiedAt, version, pendingJournal } = resource;
  return {
    partitionKey: directoryPartition(key),
    rowKey: resourceRowKey(type, id),
    ...attributeColumns(JSON.stringify(attributes)),
    createdAt,
    lastModifiedAt,
    version,
    ...(pendingJournal !== undefined && { pendingJournal }),
  };
}

function attributeColumns(json: string) {
  if (json.length <= maxTextLength) return { attributes: json };
  if (Buffer.byteLength(json) > maxJsonBytes)
    throw new TooLargeError(
      'directory_resource_too_large',
      `The attributes have more than ${maxJsonBytes} bytes. Leave out values that are not needed.`,
    );
  return toGzipColumns(json).own;
}

export function toResource(
  type: ResourceTypeName,
  row: { readonly rowKey?: string; readonly [column: string]: unknown },
): StoredResource {
  const { attributes, ...others } = columns.parse(row);
  // Only this module writes the text, from attributes that the core has checked.
  const json = attributes ?? fromGzipColumns([row])!;
  return {
    ...others,
    type,
    id: row.rowKey!.slice(resourcePrefix[type].length),
    attributes: JSON.parse(json) as Attributes,
    etag: storedEtag(row),
  };
}

/** Moves the index rows of a resource from its version before to that after. */
export function indexActions(
  key: DirectoryKey,
  before: DirectoryResource | undefined,
  after: DirectoryResource | undefined,
): TransactionAction[] {
  const partitionKey = directoryPartition(key);
  const [old, current] = [indexRowKeys(before), indexRowKeys(after)];
  const { id } = (after ?? before)!;
  return [
    ...old
      .filter((rowKey) => !current.includes(rowKey))
      .map((rowKey): TransactionAction => ['delete', { partitionKey, rowKey }]),
    ...current
      .filter((rowKey) => !old.includes(rowKey))
      .map((rowKey): TransactionAction => ['create', { partitionKey, rowKey, id }]),
  ];
}

function indexRowKeys(resource: DirectoryResource | undefined): readonly string[] {
  if (!resource) return [];
  const { type, id, attributes } = resource;
  const { externalId } = attributes;
  return [
    nameRowKey(type, uniqueNameOf(resource)),
    ...(typeof externalId === 'string' ? [`${externalIdPrefix(type, externalId)}${id}`] : []),
  ];
}
