/**
 * An instance as the rows of one partition: `status`, texts too long for it, `history-…` in segments, one per
 * commit, and `inbox-…`, one per waiting event. The status row says how far the others count, so whatever a
 * crash leaves behind beyond it is ignored.
 */
import { readText, shortText, toRows, type Row } from './documents';
import { Execution } from './execution';
import type { HistoryEvent } from './history';
import { Instance, type Parent, type RuntimeStatus, type Status } from './instance';

export const statusKey = 'status';
const texts = ['input', 'output', 'customStatus'] as const;
export const textPrefix = 'text-';

const historyKey = (generation: number, segment: number) => `history-${generation}-${segment}`;
const inboxKey = (seq: number) => `inbox-${String(seq).padStart(12, '0')}`;
const inboxRow = /^inbox-(\d+)$/;

export interface Changes {
  /** The status row is the last. */
  readonly rows: readonly Row[];
  /** Keys of rows that mean nothing once `rows` are stored. */
  readonly obsolete: readonly string[];
}

/** Remembers what of an instance is stored, and says what is not. */
export class Tracker {
  #generation = 0;
  #events = 0;
  #segments = 0;
  /** Row keys of the stored history and inbox. */
  #history = new Set<string>();
  #inbox = new Map<number, string[]>();
  #texts = new Map<string, string>();
  #last = '';

  /** Undefined when everything is stored. The caller stores what it is given, however often it must try. */
  changes(instance: Instance): Changes | undefined {
    const { id, generation, execution, inbox, nextSeq } = instance;
    const rows: Row[] = [];
    const obsolete: string[] = [];

    if (generation !== this.#generation) {
      obsolete.push(...this.#history);
      this.#history.clear();
      this.#generation = generation;
      this.#events = this.#segments = 0;
    }
    if (execution.texts.length > this.#events) {
      const text = `[${execution.texts.slice(this.#events).join()}]`;
      const segment = toRows(id, historyKey(generation, this.#segments), text);
      this.#events = execution.texts.length;
      this.#segments++;
      for (const row of segment) this.#history.add(row.rowKey);
      rows.push(...segment);
    }

    const from = inbox[0]?.seq ?? nextSeq;
    for (const [seq, keys] of this.#inbox) {
      if (seq >= from) continue;
      obsolete.push(...keys);
      this.#inbox.delete(seq);
    }
    for (const { seq, event } of inbox) {
      if (this.#inbox.has(seq)) continue;
      const added = toRows(id, inboxKey(seq), JSON.stringify(event), { generation });
      this.#inbox.set(
        seq,
        added.map(({ rowKey }) => rowKey),
      );
      rows.push(...added);
    }

    for (const name of texts) {
      const text = instance[name];
      if (text === undefined || text.length <= shortText || this.#texts.get(name) === text)
        continue;
      this.#texts.set(name, text);
      rows.push(...toRows(id, `${textPrefix}${name}`, text));
    }

    const status = statusRow(instance, { segments: this.#segments, inboxFrom: from });
    const now = JSON.stringify(status);
    if (now === this.#last && rows.length === 0 && obsolete.length === 0) return undefined;
    this.#last = now;
    return { rows: [...rows, status], obsolete };
  }

  /** Takes note of what was read, so that it is not written again. */
  remember(instance: Instance, rows: ReadonlyMap<string, Row>, segments: number): void {
    this.#generation = instance.generation;
    this.#events = instance.execution.texts.length;
    this.#segments = segments;
    for (const key of rows.keys()) {
      if (key.startsWith('history-')) this.#history.add(key);
      const [, seq] = inboxRow.exec(key.split('+')[0]!) ?? [];
      if (seq === undefined) continue;
      this.#inbox.set(Number(seq), [...(this.#inbox.get(Number(seq)) ?? []), key]);
    }
  }
}

function statusRow(instance: Instance, counts: { segments: number; inboxFrom: number }): Row {
  const { id, name, version, parent, executionId, runtimeStatus, createdAt, updatedAt } = instance;
  const { generation, nextSeq } = instance;
  const inline = texts.filter((text) => (instance[text]?.length ?? Infinity) <= shortText);
  const apart = texts.filter((text) => (instance[text]?.length ?? 0) > shortText);
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
export const apartOf = (status: Row): string[] =>
  String(status['apart']).split(',').filter(Boolean);

/** `rows` need to hold the rows that `apartOf` names. */
export function readStatus(status: Row, rows: ReadonlyMap<string, Row>): Status {
  const text = (name: (typeof texts)[number]) =>
    (status[name] as string | undefined) ??
    (apartOf(status).includes(name) ? readText(rows, `${textPrefix}${name}`) : undefined);
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

/** Undefined when the partition holds no status row: the instance was never stored, or purged. */
export function readInstance(
  rows: ReadonlyMap<string, Row>,
): { instance: Instance; tracker: Tracker } | undefined {
  const status = rows.get(statusKey);
  if (!status) return undefined;
  const generation = Number(status['generation']);
  const segments = Number(status['segments']);

  const instance = new Instance(status.partitionKey);
  Object.assign(instance, { ...readStatus(status, rows), generation });
  const events = Array.from(
    { length: segments },
    (_, segment) => JSON.parse(readText(rows, historyKey(generation, segment))!) as HistoryEvent[],
  );
  instance.execution = new Execution(events.flat());

  const waiting = [...rows.values()]
    .map((row) => ({ row, seq: Number(inboxRow.exec(row.rowKey)?.[1] ?? -1) }))
    .filter(({ row, seq }) => seq >= Number(status['inboxFrom']) && isOf(row, generation))
    .toSorted((one, other) => one.seq - other.seq);
  instance.inbox = waiting.map(({ row, seq }) => ({
    seq,
    event: JSON.parse(readText(rows, row.rowKey)!) as HistoryEvent,
  }));
  instance.nextSeq = Math.max(Number(status['nextSeq']), (waiting.at(-1)?.seq ?? 0) + 1);

  const tracker = new Tracker();
  tracker.remember(instance, rows, segments);
  return { instance, tracker };
}

/** Events that were stored for a generation that itself was not stored in time did not happen yet. */
const isOf = (row: Row, generation: number) => Number(row['generation']) <= generation;
