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
export function toTransactions(groups: readonly (readonly TransactionAction[])[]): Chain[] {
  const chains: Chain[] = [];
  let open = new Batch();
  for (const actions of groups) {
    const group = withSize(actions);
    if (!open.takes(group)) {
      if (open.size > 0) chains.push([open.actions()]);
      open = new Batch();
    }
    if (open.takes(group)) open.add(group);
    else chains.push(inOrder(actions));
  }
  if (open.size > 0) chains.push([open.actions()]);
  return chains;
}

/** One group too large for a transaction. */
function inOrder(actions: readonly TransactionAction[]): TransactionAction[][] {
  const batches = [new Batch()];
  for (const action of actions) {
    const single = withSize([action]);
    if (!batches.at(-1)!.takes(single)) batches.push(new Batch());
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
  /** By key: a transaction may touch a row once, and the last word counts. */
  private readonly byKey = new Map<string, TransactionAction>();
  private bytes = 0;

  get size(): number {
    return this.byKey.size;
  }

  /** A single row always fits an empty batch: the limit of a row is below that of a transaction. */
  takes({ actions, bytes }: Group): boolean {
    if (this.size === 0 && actions.length === 1) return true;
    return this.size + actions.length <= maximumRows && this.bytes + bytes <= maximumBytes;
  }

  add({ actions, bytes }: Group): void {
    for (const action of actions) this.byKey.set((action[1] as Row).rowKey, action);
    this.bytes += bytes;
  }

  actions(): TransactionAction[] {
    return [...this.byKey.values()];
  }
}

/** What an operation weighs on the wire: binaries in base64, text in UTF-8 with room for escapes. */
export function encodedSize([, row]: TransactionAction): number {
  let bytes = envelopeInBytes + 3 * ((row as Row).partitionKey.length + (row as Row).rowKey.length);
  for (const [key, value] of Object.entries(row)) {
    bytes += key.length + 40;
    if (value instanceof Uint8Array) bytes += Math.ceil(value.length / 3) * 4;
    else if (typeof value === 'string') bytes += 2 * Buffer.byteLength(value);
    else bytes += 24;
  }
  return bytes;
}
