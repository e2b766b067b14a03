/** Reads a chain and names the first entry that is not what was linked. Works in time slices. */
import { maxChunk } from './bounded-record';
import type { ChainFloor, ChainHead, ChainLink } from './chain';
import { genesis } from './chain';
import type { CheckpointService } from './checkpoint-service';
import type { AuditStore } from './ports';
import { ChainVerifier, type Fault, type Verification } from './verification';

/** Well within the time of a request. */
const sliceMs = 20_000;

export class VerificationService {
  constructor(
    private readonly store: AuditStore,
    private readonly checkpoints: Pick<CheckpointService, 'isValid'>,
    private readonly now: () => Date,
  ) {}

  /** `start` is where an earlier slice ended, which the caller cannot have changed. */
  async verify(tenantId: string, start?: ChainLink): Promise<Verification> {
    const deadline = this.now().getTime() + sliceMs;
    const head = await this.store.getHead(tenantId);
    const floor = await this.store.getFloor(tenantId);
    const beginning = floor ?? genesis;
    const from = start && start.seq >= beginning.seq ? start : beginning;
    const lastSeq = head?.seq ?? from.seq;
    const signed = await this.store.listCheckpoints(tenantId, from.seq, Number.MAX_SAFE_INTEGER);
    const verifier = new ChainVerifier(
      from,
      tenantId,
      new Map(signed.map(({ seq, hash }) => [seq, hash])),
    );
    const latest = await this.store.getLatestCheckpoint(tenantId);
    const signedTo = Math.max(latest?.seq ?? 0, floor?.seq ?? 0);
    const result = (outcome: Verification['outcome'], more: Partial<Verification> = {}) => ({
      outcome,
      checkedFrom: from.seq + 1,
      checkedTo: verifier.verified.seq,
      ...(head && { head }),
      ...(floor && { purgedTo: floor.seq }),
      checkpointCount: signed.length,
      ...(signedTo > 0 && { signedTo }),
      ...more,
    });

    const unsigned = await this.findUnsigned(tenantId, floor, signed);
    if (unsigned) return result('broken', { fault: unsigned });
    while (verifier.verified.seq < lastSeq) {
      if (this.now().getTime() > deadline) return result('incomplete', { next: verifier.verified });
      const first = verifier.verified.seq + 1;
      const upTo = Math.min(lastSeq, first + maxChunk - 1);
      const fault = verifier.check(await this.store.read(tenantId, first, upTo), upTo);
      if (!fault) continue;
      const purged = await this.store.getFloor(tenantId);
      // Entries were purged in the meantime: begin behind them.
      if (purged && purged.seq >= fault.seq && purged.seq !== floor?.seq)
        return this.verify(tenantId);
      return result('broken', { fault });
    }
    const fault = await this.findFaultAtEnd(tenantId, head, verifier.verified, signed);
    return fault ? result('broken', { fault }) : result('intact');
  }

  private async findUnsigned(
    tenantId: string,
    floor: ChainFloor | undefined,
    signed: Awaited<ReturnType<AuditStore['listCheckpoints']>>,
  ): Promise<Fault | undefined> {
    if (floor && !(await this.checkpoints.isValid('floor', tenantId, floor)))
      return { seq: floor.seq, kind: 'signature' };
    for (const each of signed.toReversed())
      if (!(await this.checkpoints.isValid('checkpoint', tenantId, each)))
        return { seq: each.seq, kind: 'signature' };
    return undefined;
  }

  /** An entry, or a checkpoint of one, beyond the last entry of the chain. */
  private async findFaultAtEnd(
    tenantId: string,
    head: ChainHead | undefined,
    last: ChainLink,
    signed: readonly ChainLink[],
  ): Promise<Fault | undefined> {
    if (head && head.hash !== last.hash) return { seq: head.seq, kind: 'head' };
    const beyond = await this.store.nextSeq(tenantId, last.seq);
    const current = (await this.store.getHead(tenantId))?.seq ?? 0;
    if (beyond !== undefined && beyond > current) return { seq: beyond, kind: 'foreign' };
    return signed.some(({ seq }) => seq > current)
      ? { seq: current + 1, kind: 'missing' }
      : undefined;
  }
}
