/** Keeps a record within one row: long values are replaced by their length and hash. */
import { createHash } from 'node:crypto';
import type { AuditRecord } from './audit-record';

type Change = NonNullable<AuditRecord['changes']>[number];

const limits = { value: 4_000, text: 2_000, changes: 200, ids: 1_000 } as const;
const tightLimits = { value: 200, text: 200, changes: 100, ids: 500 } as const;
type Limits = Readonly<Record<keyof typeof limits, number>>;

/** Characters of a record as JSON. */
export const maxRecordLength = 180_000;
/** Entries that are read at once: a thousand of this length would fill the memory of an instance. */
export const maxChunk = 250;

export function boundedRecord(record: AuditRecord): AuditRecord {
  const bounded = shorten(record, limits);
  return JSON.stringify(bounded).length <= maxRecordLength ? bounded : shorten(record, tightLimits);
}

function shorten(record: AuditRecord, { value, text, changes, ids }: Limits): AuditRecord {
  const { resource, detail, attribute, data } = record;
  return {
    ...record,
    ...(detail !== undefined && { detail: shortText(detail, text) }),
    ...(attribute !== undefined && { attribute: shortText(attribute, text) }),
    ...(resource && {
      resource: {
        ...resource,
        ...(resource.id !== undefined && { id: shortText(resource.id, text) }),
        ...(resource.name !== undefined && { name: shortText(resource.name, text) }),
      },
    }),
    ...(record.changes && {
      changes: limited<Change>(record.changes, changes, (count) => ({
        path: `(${count} more)`,
      })).map(({ path, before, after }) => ({
        path: shortText(path, text),
        ...(before !== undefined && { before: shortValue(before, value) }),
        ...(after !== undefined && { after: shortValue(after, value) }),
      })),
    }),
    ...(record.members && {
      members: {
        added: shortIds(record.members.added, ids, text),
        removed: shortIds(record.members.removed, ids, text),
      },
    }),
    ...(record.grants && { grants: record.grants.slice(0, changes) }),
    ...(data && {
      data: Object.fromEntries(
        Object.entries(data).map(([name, each]) => [
          name,
          typeof each === 'string' ? shortText(each, text) : each,
        ]),
      ),
    }),
  };
}

const shortIds = (all: readonly string[], max: number, text: number) =>
  limited(all, max, (count) => `(${count} more)`).map((id) => shortText(id, text));

function limited<T>(all: readonly T[], max: number, more: (count: number) => T): readonly T[] {
  return all.length <= max ? all : [...all.slice(0, max), more(all.length - max)];
}

function shortValue(given: unknown, max: number): unknown {
  const json = wellFormed(JSON.stringify(given));
  return json.length <= max ? given : { characters: json.length, sha256: sha256(json) };
}

function shortText(text: string, max: number): string {
  if (text.length <= max) return wellFormed(text);
  const start = wellFormed(text.slice(0, max / 2));
  return `${start}… (${text.length} characters, SHA-256 ${sha256(text)})`;
}

/** Half of a surrogate pair has no UTF-8 form, so it would be read back as another text. */
const wellFormed = (text: string) => Buffer.from(text, 'utf8').toString('utf8');

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
