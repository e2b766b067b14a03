/** Journals as rows: the whole work as gzipped JSON. */
import { z } from 'zod';
import { TooLargeError } from '../../../errors/app-error';
import type { Journal } from '../../../provisioning/directory/journal';
import { fromGzipColumns, toGzipColumns } from '../../table-storage/gzip-columns';
import { journalPrefix, journalRowKey } from './directory-keys';

const member = z.object({ id: z.string(), type: z.enum(['User', 'Group']) });
const origin = z.object({
  actor: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('token'), tokenId: z.string() }),
    z.object({ kind: z.literal('person'), objectId: z.string(), displayName: z.string() }),
    z.object({ kind: z.literal('system') }),
  ]),
  requestId: z.string(),
  ip: z.string().exactOptional(),
  method: z.string().exactOptional(),
  status: z.int().exactOptional(),
});
const journal = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('membership'),
    at: z.string(),
    origin,
    groupId: z.string(),
    clear: z.boolean(),
    add: z.array(member),
    remove: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('removal'),
    at: z.string(),
    origin,
    type: z.enum(['User', 'Group']),
    resourceId: z.string(),
  }),
]);

export function toJournalRow(partitionKey: string, { id, ...work }: Journal) {
  const { own, more } = toGzipColumns(JSON.stringify(work));
  if (more.length > 0)
    throw new TooLargeError(
      'directory_change_too_large',
      'The request changes too many members. Split it.',
    );
  return {
    partitionKey,
    rowKey: journalRowKey(id),
    ...own,
    // Read by lists of members without the work.
    ...(work.kind === 'removal' && { resourceId: work.resourceId }),
  };
}

export const toJournal = (row: {
  readonly rowKey?: string;
  readonly [column: string]: unknown;
}): Journal => ({
  ...journal.parse(JSON.parse(fromGzipColumns([row])!)),
  id: row.rowKey!.slice(journalPrefix.length),
});
