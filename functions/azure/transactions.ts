/** Row operations packed into table transactions: at most 100 rows and 4 MiB each, all of one partition. */
import type { TransactionAction } from '@azure/data-tables';

const maximumRows = 100;
/** Of the 4 MiB the service takes; the rest is for what the estimate does not see. */
const maximumBytes = 3_600_000;
/** Headers and address of one operation inside a batch. */
const envelopeInBytes = 800;

type Row = Readonly<Record<string, unknown>> & {
  readonly partitionKey: string;
  readonly rowKey: string;
};

/** Operations that belong together stay together where they fit; where not, they keep their order. */
export type Chain = readonly TransactionAction[][];

/** Chains may run side by side; the transactions of one chain must run one after another. */
export function transactionsOf(groups: readonly (readonly TransactionAction[])[]): Chain[] {
  const chains: Chain[] = [];
  let open = new Batch();
  for (const group of groups) {
    if (!open.takes(group)) {
      if (open.size > 0) chains.push([open.actions()]);
      open = new Batch();
    }
    if (open.takes(group)) open.add(group);
    else chains.push(inOrder(group));
  }
  if (open.size > 0) chains.push([open.actions()]);
  return chains;
}

/** One group too large for a transaction. */
function inOrder(group: readonly TransactionAction[]): TransactionAction[][] {
  const batches = [new Batch()];
  for (const action of group) {
    if (!batches.at(-1)!.takes([action])) batches.push(new Batch());
    batches.at(-1)!.add([action]);
  }
  return batches.map((batch) => batch.actions());
}

class Batch {
  /** By key: a transaction may touch a row once, and the last word counts. */
  private readonly byKey = new Map<string, TransactionAction>();
  private bytes = 0;

  get size(): number {
    return this.byKey.size;
  }

  takes(group: readonly TransactionAction[]): boolean {
    const bytes = group.reduce((sum, action) => sum + encodedSize(action), 0);
    return this.size === 0
      ? group.length === 1 || (group.length <= maximumRows && bytes <= maximumBytes)
      : this.size + group.length <= maximumRows && this.bytes + bytes <= maximumBytes;
  }

  add(group: readonly TransactionAction[]): void {
    for (const action of group) {
      this.byKey.set((action[1] as Row).rowKey, action);
      this.bytes += encodedSize(action);
    }
  }

  actions(): TransactionAction[] {
    return [...this.byKey.values()];
  }
}

/** What an operation weighs on the wire: binaries in base64, text in UTF-8 with escapes. */
export function encodedSize([, row]: TransactionAction): number {
  let bytes = envelopeInBytes + 3 * ((row as Row).partitionKey.length + (row as Row).rowKey.length);
  for (const [key, value] of Object.entries(row)) {
    bytes += key.length + 40;
    if (value instanceof Uint8Array) bytes += Math.ceil(value.length / 3) * 4;
    else if (typeof value === 'string') bytes += Buffer.byteLength(JSON.stringify(value));
    else bytes += 24;
  }
  return bytes;
}
