/** Packs row operations of one partition into transactions of at most 100 rows and 4 MiB. */
import type { TransactionAction } from '@azure/data-tables';

export const maxRows = 100;
/** Below the 4 MiB that the service accepts, because sizes are estimates. */
export const maxBytes = 3_600_000;
/** Headers and URL of one operation in a batch. */
const envelopeBytes = 800;

type Row = Readonly<Record<string, unknown>> & {
  readonly partitionKey: string;
  readonly rowKey: string;
};

/** Transactions that must run in this order. */
export type TransactionChain = readonly TransactionAction[][];

/**
 * A group of operations becomes one transaction if it fits, and otherwise a chain of transactions in
 * the order of its operations. Chains may run concurrently.
 */
export function toTransactions(
  groups: readonly (readonly TransactionAction[])[],
  /** Rows that the caller adds to every transaction. */
  reservedRows = 0,
): TransactionChain[] {
  const chains: TransactionChain[] = [];
  let batch = new Batch(reservedRows);
  for (const actions of groups) {
    const group = withSize(actions);
    if (!batch.fits(group)) {
      if (batch.size > 0) chains.push([batch.actions()]);
      batch = new Batch(reservedRows);
    }
    if (batch.fits(group)) batch.add(group);
    else chains.push(splitGroup(actions, reservedRows));
  }
  if (batch.size > 0) chains.push([batch.actions()]);
  return chains;
}

/** Splits a group that is too large for one transaction. */
function splitGroup(
  actions: readonly TransactionAction[],
  reservedRows: number,
): TransactionAction[][] {
  const batches = [new Batch(reservedRows)];
  for (const action of actions) {
    const single = withSize([action]);
    if (!batches.at(-1)!.fits(single)) batches.push(new Batch(reservedRows));
    batches.at(-1)!.add(single);
  }
  return batches.map((batch) => batch.actions());
}

interface Group {
  readonly actions: readonly TransactionAction[];
  readonly bytes: number;
}

const withSize = (actions: readonly TransactionAction[]): Group => ({
  actions,
  bytes: actions.reduce((sum, action) => sum + encodedSize(action), 0),
});

class Batch {
  /** By row key: a transaction may contain a row once, so the last operation on it wins. */
  private readonly byKey = new Map<string, TransactionAction>();
  private bytes = 0;

  constructor(private readonly reservedRows: number) {}

  get size(): number {
    return this.byKey.size;
  }

  /** A single row always fits in an empty batch: rows have a lower limit than transactions. */
  fits({ actions, bytes }: Group): boolean {
    if (this.size === 0 && actions.length === 1) return true;
    return (
      this.size + actions.length <= maxRows - this.reservedRows && this.bytes + bytes <= maxBytes
    );
  }

  add({ actions, bytes }: Group): void {
    for (const action of actions) this.byKey.set((action[1] as Row).rowKey, action);
    this.bytes += bytes;
  }

  actions(): TransactionAction[] {
    return [...this.byKey.values()];
  }
}

/** Estimated size of an operation in the request: binary as base64, text as UTF-8 plus escapes. */
export function encodedSize([, row]: TransactionAction): number {
  let bytes = envelopeBytes + 3 * ((row as Row).partitionKey.length + (row as Row).rowKey.length);
  for (const [key, value] of Object.entries(row)) {
    bytes += key.length + 40;
    if (value instanceof Uint8Array) bytes += Math.ceil(value.length / 3) * 4;
    else if (typeof value === 'string') bytes += 2 * Buffer.byteLength(value);
    else bytes += 24;
  }
  return bytes;
}
