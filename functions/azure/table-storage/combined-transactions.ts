/**
 * Combines small transactions of one partition into one request. While a transaction is under way, the
 * next ones wait, and are then sent together. A sync writes a dozen kinds of a factory at the same time,
 * each in transactions of a few rows, and a request costs more than its rows.
 *
 * A combined transaction takes effect in whole or not at all, so a refusal says nothing about a single
 * part: then each part is sent by itself.
 */
import { setImmediate } from 'node:timers/promises';
import {
  RestError,
  type TableClient,
  type TableTransactionResponse,
  type TransactionAction,
} from '@azure/data-tables';
import { waitAtMost } from '../../concurrency/wait-at-most';
import { encodedSize, maxBytes, maxRows } from './batching';
import { isGuard } from './conditional-write';

/** A larger transaction gains little, and would make others wait. */
const maxCombinedRows = 30;
/** A transaction that takes longer, for instance because it is repeated, holds up no other. */
const longestWaitMs = 250;

/** The table, with transactions that may be combined. They may overlap, as those of any table. */
export function combining(table: TableClient): TableClient {
  const partitions = new Map<string, Partition>();
  const submitTransaction = async (
    actions: TransactionAction[],
  ): Promise<TableTransactionResponse> => {
    const key = actions[0]?.[1].partitionKey;
    if (key === undefined || actions.length > maxCombinedRows)
      return table.submitTransaction(actions);
    const partition = partitions.get(key) ?? new Partition(table, () => partitions.delete(key));
    partitions.set(key, partition);
    return partition.submit(actions);
  };
  return Object.create(table, { submitTransaction: { value: submitTransaction } }) as TableClient;
}

interface Part {
  readonly actions: readonly TransactionAction[];
  /** Estimated size in the request. */
  readonly bytes: number;
  readonly resolve: (
    response: TableTransactionResponse | Promise<TableTransactionResponse>,
  ) => void;
  readonly reject: (error: unknown) => void;
}

class Partition {
  private waiting: Part[] = [];
  private isSending = false;

  constructor(
    private readonly table: TableClient,
    private readonly onIdle: () => void,
  ) {}

  submit(actions: readonly TransactionAction[]): Promise<TableTransactionResponse> {
    // Measured first: a row that cannot be measured fails its own writer, not those who wait with it.
    const bytes = actions.reduce((sum, action) => sum + encodedSize(action), 0);
    const response = new Promise<TableTransactionResponse>((resolve, reject) => {
      this.waiting.push({ actions, bytes, resolve, reject });
    });
    if (!this.isSending) void this.sendAll();
    return response;
  }

  private async sendAll(): Promise<void> {
    this.isSending = true;
    while (this.waiting.length > 0) {
      // What other responses lead to joins in.
      await setImmediate();
      await waitAtMost(this.send(this.take()), longestWaitMs);
    }
    this.isSending = false;
    this.onIdle();
  }

  /** Takes as many of the waiting parts as fit. One always does. */
  private take(): Combination {
    const combination = new Combination();
    this.waiting = this.waiting.filter((part) => !combination.add(part));
    return combination;
  }

  /** Settles every part. */
  private async send(combination: Combination): Promise<void> {
    const { parts } = combination;
    try {
      const response = await this.table.submitTransaction(combination.actions());
      for (const part of parts) part.resolve(combination.responseOf(part, response));
    } catch (error) {
      if (parts.length === 1 || !isRefusal(error)) for (const part of parts) part.reject(error);
      else for (const part of parts) part.resolve(this.table.submitTransaction([...part.actions]));
    }
  }
}

/** Storage has answered, and nothing was written. */
const isRefusal = (error: unknown): boolean =>
  error instanceof RestError && error.statusCode !== undefined && error.statusCode < 500;

class Combination {
  readonly parts: Part[] = [];
  /** By row key: a transaction may contain a row once. */
  private readonly byRow = new Map<string, TransactionAction>();
  /** Rows that tell their writer whether the transaction took effect. */
  private readonly owned = new Set<string>();
  private bytes = 0;

  /** Returns false if the part does not fit. */
  add(part: Part): boolean {
    const own = part.actions.find((action) => action[0] !== 'delete' && !isGuard(action));
    const ownRow = own && rowKeyOf(own);
    const isShared = (row: string) => this.byRow.has(row);
    if (ownRow !== undefined && isShared(ownRow)) return false;
    const added = part.actions.filter((action) => !isShared(rowKeyOf(action)));
    const shared = part.actions.filter((action) => isShared(rowKeyOf(action)));
    const isFirst = this.parts.length === 0;
    if (!isFirst && this.byRow.size + added.length > maxRows) return false;
    if (!isFirst && this.bytes + part.bytes > maxBytes) return false;
    if (!shared.every((action) => this.mayMerge(action))) return false;
    for (const action of added) this.byRow.set(rowKeyOf(action), action);
    for (const action of shared) this.merge(action);
    if (ownRow !== undefined) this.owned.add(ownRow);
    this.bytes += part.bytes;
    this.parts.push(part);
    return true;
  }

  actions(): TransactionAction[] {
    return [...this.byRow.values()];
  }

  /** The response that the part would have had. */
  responseOf(part: Part, response: TableTransactionResponse): TableTransactionResponse {
    const positions = new Map([...this.byRow.keys()].map((row, position) => [row, position]));
    const subResponses = part.actions.map(
      (action) => response.subResponses[positions.get(rowKeyOf(action))!]!,
    );
    return { ...response, subResponses };
  }

  /** Both change columns of any version of the row and keep the others. */
  private mayMerge(action: TransactionAction): boolean {
    const row = rowKeyOf(action);
    const [verb, , mode, options] = this.byRow.get(row)!;
    const isUnconditional = (etag: string | undefined) => etag === undefined || etag === '*';
    return (
      !this.owned.has(row) &&
      verb === action[0] &&
      mode === 'Merge' &&
      action[2] === 'Merge' &&
      isUnconditional(options?.etag) &&
      isUnconditional(action[3]?.etag)
    );
  }

  private merge([verb, row, ...rest]: TransactionAction): void {
    const before = this.byRow.get(row.rowKey)!;
    const merged = [verb, { ...before[1], ...row }, ...rest] as TransactionAction;
    this.byRow.set(row.rowKey, merged);
  }
}

const rowKeyOf = ([, { rowKey }]: TransactionAction): string => rowKey;
