/**
 * Purges old entries. The hash of the last one stays as the signed beginning of the chain, so the
 * rest can still be verified.
 */
import { genesis } from './chain';
import type { AuditTrailService } from './audit-trail-service';
import type { CheckpointService } from './checkpoint-service';
import type { AuditStore } from './ports';
import { firstLinkedAt } from './time-bounds';

const dayMs = 86_400_000;

export class AuditRetentionService {
  constructor(
    private readonly store: AuditStore,
    private readonly checkpoints: Pick<CheckpointService, 'sign'>,
    private readonly trail: Pick<AuditTrailService, 'append'>,
    private readonly retentionDays: number,
    private readonly now: () => Date,
  ) {}

  /** All tenants. Yields the last finished tenant, after which a later call continues. */
  async *deleteExpired(checkpoint?: string): AsyncIterable<string> {
    const before = new Date(this.now().getTime() - this.retentionDays * dayMs);
    let finished = checkpoint ?? '';
    for await (const tenantId of this.store.listTenants(checkpoint)) {
      const floor = await this.moveFloor(tenantId, before);
      for await (const _ of this.store.deleteUpTo(tenantId, floor)) yield finished;
      finished = tenantId;
      yield finished;
    }
  }

  /** Returns the number up to which entries may be deleted. The floor is stored before. */
  private async moveFloor(tenantId: string, before: Date): Promise<number> {
    const head = await this.store.getHead(tenantId);
    const floor = (await this.store.getFloor(tenantId)) ?? genesis;
    if (!head) return floor.seq;
    const whole = { from: floor.seq + 1, to: head.seq };
    const firstKept = await firstLinkedAt(this.store, tenantId, whole, before);
    if (firstKept === undefined || firstKept <= whole.from) return floor.seq;
    const [last] = await this.store.read(tenantId, firstKept - 1, firstKept - 1);
    if (!last?.entry) return floor.seq;
    const { seq, hash } = last.entry;
    await this.store.putFloor(
      tenantId,
      await this.checkpoints.sign('floor', tenantId, { seq, hash }),
    );
    await this.trail.append({
      at: this.now().toISOString(),
      tenantId,
      actor: { kind: 'system' },
      action: 'audit.purged',
      resource: { type: 'AuditTrail' },
      data: { fromSeq: whole.from, toSeq: seq, hash },
    });
    return seq;
  }
}
