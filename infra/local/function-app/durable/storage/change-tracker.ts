/** Tracks which parts of an instance are stored, and returns the rows to write and to delete. */
import { maxInlineCharacters, toRows, type Row } from './documents';
import type { Instance } from '../instance';
import {
  historyKey,
  inboxKey,
  seqOf,
  statusRow,
  textPrefix,
  texts,
  type StoredInstance,
} from './rows';

export interface Changes {
  /** The status row comes last. */
  readonly rows: readonly Row[];
  /** Keys of rows that are obsolete once `rows` are stored. */
  readonly obsolete: readonly string[];
}

export class ChangeTracker {
  #generation = 0;
  #events = 0;
  #segments = 0;
  readonly #history = new Set<string>();
  readonly #inbox = new Map<number, string[]>();
  readonly #texts = new Map<string, string>();
  #lastStatus = '';

  constructor(stored?: StoredInstance) {
    if (!stored) return;
    const { instance, segments, keys } = stored;
    this.#generation = instance.generation;
    this.#events = instance.execution.texts.length;
    this.#segments = segments;
    for (const key of keys) {
      if (key.startsWith('history-')) this.#history.add(key);
      const seq = seqOf(key.split('+')[0]!);
      if (seq !== undefined) this.#inbox.set(seq, [...(this.#inbox.get(seq) ?? []), key]);
    }
  }

  /**
   * Returns undefined if everything is stored. The caller must retry until the changes are stored.
   */
  changes(instance: Instance): Changes | undefined {
    const inboxFrom = instance.inbox[0]?.seq ?? instance.nextSeq;
    const obsolete = [...this.#obsoleteHistory(instance), ...this.#obsoleteInbox(inboxFrom)];
    const rows = [
      ...this.#newHistory(instance),
      ...this.#newInbox(instance),
      ...this.#longTexts(instance),
    ];
    const status = statusRow(instance, { segments: this.#segments, inboxFrom });
    const statusNow = JSON.stringify(status);
    if (statusNow === this.#lastStatus && rows.length + obsolete.length === 0) return undefined;
    this.#lastStatus = statusNow;
    return { rows: [...rows, status], obsolete };
  }

  #obsoleteHistory({ generation }: Instance): string[] {
    if (generation === this.#generation) return [];
    const old = [...this.#history];
    this.#history.clear();
    this.#generation = generation;
    this.#events = this.#segments = 0;
    return old;
  }

  #newHistory({ id, generation, execution }: Instance): Row[] {
    const fresh = execution.texts.slice(this.#events);
    if (fresh.length === 0) return [];
    this.#events += fresh.length;
    const rows = toRows(id, historyKey(generation, this.#segments++), `[${fresh.join()}]`);
    for (const { rowKey } of rows) this.#history.add(rowKey);
    return rows;
  }

  #obsoleteInbox(inboxFrom: number): string[] {
    const delivered = [...this.#inbox].filter(([seq]) => seq < inboxFrom);
    return delivered.flatMap(([seq, keys]) => {
      this.#inbox.delete(seq);
      return keys;
    });
  }

  #newInbox({ id, generation, inbox }: Instance): Row[] {
    const arrived = inbox.filter(({ seq }) => !this.#inbox.has(seq));
    return arrived.flatMap(({ seq, event }) => {
      const rows = toRows(id, inboxKey(seq), JSON.stringify(event), { generation });
      const keys = rows.map(({ rowKey }) => rowKey);
      this.#inbox.set(seq, keys);
      return rows;
    });
  }

  /** Rows of long texts. Short texts are columns of the status row. */
  #longTexts(instance: Instance): Row[] {
    return texts.flatMap((name) => {
      const text = instance[name] ?? '';
      if (text.length <= maxInlineCharacters || this.#texts.get(name) === text) return [];
      this.#texts.set(name, text);
      return toRows(instance.id, `${textPrefix}${name}`, text);
    });
  }
}
