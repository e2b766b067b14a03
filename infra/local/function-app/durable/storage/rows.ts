/**
 * Rows of an instance in one partition: `status`, `text-…` for long texts, `history-…` with one
 * segment per write, and `inbox-…` with one row per queued event. The status row holds the counts,
 * so rows of an interrupted write are ignored.
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

/** Sequence number of a queued event from the key of its first row. */
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
  const separate = texts.filter((text) => (instance[text]?.length ?? 0) > maxInlineCharacters);
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
    separateTexts: separate.join(),
  };
}

/** Names of the texts that are stored in rows of their own. */
export const separateTextsOf = (status: Row): string[] =>
  String(status['separateTexts']).split(',').filter(Boolean);

/** `rows` must contain the rows that `separateTextsOf` names. */
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

/**
 * Returns undefined if the partition has no status row, because the instance was never stored or
 * was purged.
 */
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
    // Skip events of a generation whose status row was not stored.
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
