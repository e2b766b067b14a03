/**
 * An instance as the rows of one partition: `status`, texts too long for it, `history-…` in segments, one per
 * commit, and `inbox-…`, one per waiting event. The status row says how far the others count, so whatever a
 * crash leaves behind beyond it is ignored.
 */
import { readText, maxInlineCharacters, type Row } from './documents';
import { Execution } from '../execution';
import type { HistoryEvent } from '../history';
import { Instance, type Parent, type RuntimeStatus, type Status } from '../instance';

export const statusKey = 'status';
export const texts = ['input', 'output', 'customStatus'] as const;
export const textPrefix = 'text-';
export const historyKey = (generation: number, segment: number) =>
  `history-${generation}-${segment}`;
export const inboxKey = (seq: number) => `inbox-${String(seq).padStart(12, '0')}`;

/** The number of a waiting event out of the key of its first row. */
export const seqOf = (key: string): number | undefined => {
  const [, seq] = /^inbox-(\d+)$/.exec(key) ?? [];
  return seq === undefined ? undefined : Number(seq);
};

export function statusRow(
  instance: Instance,
  counts: { readonly segments: number; readonly inboxFrom: number },
): Row {
  const { id, name, version, parent, executionId, runtimeStatus, createdAt, updatedAt } = instance;
  const { generation, nextSeq } = instance;
  const inline = texts.filter(
    (text) => (instance[text]?.length ?? Infinity) <= maxInlineCharacters,
  );
  const apart = texts.filter((text) => (instance[text]?.length ?? 0) > maxInlineCharacters);
  return {
    partitionKey: id,
    rowKey: statusKey,
    name,
    ...(version !== undefined && { version }),
    ...(parent && { parent: JSON.stringify(parent) }),
    executionId,
    runtimeStatus,
    createdAt,
    updatedAt,
    generation,
    nextSeq,
    ...counts,
    ...Object.fromEntries(inline.map((text) => [text, instance[text]])),
    apart: apart.join(),
  };
}

/** The texts of a status that lie in rows of their own. */
export const separateTextsOf = (status: Row): string[] =>
  String(status['apart']).split(',').filter(Boolean);

/** `rows` need to hold the rows that `apartOf` names. */
export function readStatus(status: Row, rows: ReadonlyMap<string, Row>): Status {
  const text = (name: (typeof texts)[number]) =>
    (status[name] as string | undefined) ??
    (separateTextsOf(status).includes(name) ? readText(rows, `${textPrefix}${name}`) : undefined);
  const { parent } = status;
  return {
    id: status.partitionKey,
    name: String(status['name']),
    version: status['version'] as string | undefined,
    parent: typeof parent === 'string' ? (JSON.parse(parent) as Parent) : undefined,
    executionId: String(status['executionId']),
    runtimeStatus: status['runtimeStatus'] as RuntimeStatus,
    createdAt: status['createdAt'] as Date,
    updatedAt: status['updatedAt'] as Date,
    input: text('input'),
    output: text('output'),
    customStatus: text('customStatus'),
  };
}

export interface StoredInstance {
  readonly instance: Instance;
  readonly segments: number;
  readonly keys: readonly string[];
}

/** Undefined when the partition holds no status row: the instance was never stored, or purged. */
export function readInstance(rows: ReadonlyMap<string, Row>): StoredInstance | undefined {
  const status = rows.get(statusKey);
  if (!status) return undefined;
  const generation = Number(status['generation']);
  const segments = Number(status['segments']);
  const instance = new Instance(status.partitionKey);
  Object.assign(instance, { ...readStatus(status, rows), generation });

  const history = Array.from({ length: segments }, (_, segment) =>
    parse<HistoryEvent[]>(rows, historyKey(generation, segment)),
  );
  instance.execution = new Execution(history.flat());
  instance.inbox = [...rows.values()]
    // Events stored for a generation that itself was not stored in time have not happened yet.
    .filter((row) => Number(row['generation'] ?? 0) <= generation)
    .flatMap(({ rowKey }) => {
      const seq = seqOf(rowKey);
      if (seq === undefined || seq < Number(status['inboxFrom'])) return [];
      return [{ seq, event: parse<HistoryEvent>(rows, rowKey) }];
    })
    .toSorted((one, other) => one.seq - other.seq);
  const last = instance.inbox.at(-1)?.seq ?? 0;
  instance.nextSeq = Math.max(Number(status['nextSeq']), last + 1);
  return { instance, segments, keys: [...rows.keys()] };
}

function parse<T>(rows: ReadonlyMap<string, Row>, key: string): T {
  const text = readText(rows, key);
  if (text === undefined) throw new Error(`The row ${key} is missing.`);
  return JSON.parse(text) as T;
}
