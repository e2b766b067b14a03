/**
 * Checks an exported audit trail without the service that made it: computes every hash again, as
 * functions/README.md documents the chain.
 */
import { createHash } from 'node:crypto';

interface Entry {
  readonly seq: number;
  readonly prevHash: string;
  readonly hash: string;
}

export interface ChainFault {
  /** The first entry that is wrong. */
  readonly seq: number;
  readonly reason: string;
}

/** Takes lines of an export in their order. The first line may be any entry of a chain. */
export class ChainCheck {
  private last: Entry | undefined;
  private first: Entry | undefined;

  get checked() {
    return { first: this.first, last: this.last };
  }

  add(line: string): ChainFault | undefined {
    const entry = JSON.parse(line) as Entry;
    const expected = this.last === undefined ? entry.seq : this.last.seq + 1;
    if (entry.seq > expected) return { seq: expected, reason: 'the entry is missing' };
    if (entry.seq < expected) return { seq: entry.seq, reason: 'the entry is not in its place' };
    const { hash: _hash, ...content } = entry;
    const hash = createHash('sha256')
      .update(entry.prevHash + canonicalJson(content))
      .digest('hex');
    if (hash !== entry.hash)
      return { seq: entry.seq, reason: 'the content does not match its hash' };
    if (this.last && entry.prevHash !== this.last.hash)
      return { seq: entry.seq, reason: 'the entry does not hold the hash of the entry before' };
    this.first ??= entry;
    this.last = entry;
    return undefined;
  }
}

/** RFC 8785: sorted names, no white space. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
