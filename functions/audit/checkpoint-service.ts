/** Signs the head of a chain from time to time, and the beginning of a chain that was purged. */
import { logFailure } from '../errors/log-failure';
import type { ChainFloor, ChainLink } from './chain';
import { isCheckpointDue, signedText, type Checkpoint } from './checkpoint';
import type { AuditStore, CheckpointSigner } from './ports';

type Store = Pick<
  AuditStore,
  'getFloor' | 'getHead' | 'getLatestCheckpoint' | 'putCheckpoint' | 'read'
>;
type SignedKind = Parameters<typeof signedText>[0];

/** Another linker may be about to sign the first entries. */
const settleMs = 10 * 60_000;

export class CheckpointService {
  constructor(
    private readonly store: Store,
    private readonly signer: CheckpointSigner,
    private readonly now: () => Date,
  ) {}

  /**
   * Returns the checkpoint if one was due. One that cannot be signed now is due again after the next
   * record.
   */
  async addIfDue(tenantId: string): Promise<Checkpoint | undefined> {
    try {
      const latest = await this.store.getLatestCheckpoint(tenantId);
      const head = await this.store.getHead(tenantId);
      if (!head || !isCheckpointDue(latest, head, this.now())) return undefined;
      if (!latest) await this.reportIfRemoved(tenantId);
      const checkpoint = await this.sign('checkpoint', tenantId, head);
      await this.store.putCheckpoint(tenantId, checkpoint);
      return checkpoint;
    } catch (error) {
      logFailure('audit.checkpoint_failed', error, { tenantId });
      return undefined;
    }
  }

  /** The first entries get a checkpoint at once, so a chain that is older had some. */
  private async reportIfRemoved(tenantId: string): Promise<void> {
    const first = ((await this.store.getFloor(tenantId))?.seq ?? 0) + 1;
    const [row] = await this.store.read(tenantId, first, first);
    const linkedAt = Date.parse(row?.entry?.linkedAt ?? '');
    // A row that is missing or cannot be read is no better.
    if (this.now().getTime() - linkedAt < settleMs) return;
    logFailure(
      'audit.checkpoints_missing',
      new Error('The checkpoints of a chain are gone. Compare it with those in the log.'),
      { tenantId },
    );
  }

  async sign(
    kind: SignedKind,
    tenantId: string,
    { seq, hash }: ChainLink,
  ): Promise<Checkpoint & ChainFloor> {
    const at = this.now().toISOString();
    const signed = await this.signer.sign(signedText(kind, tenantId, { seq, hash }, at));
    return { seq, hash, at, ...signed };
  }

  isValid(kind: SignedKind, tenantId: string, checkpoint: Checkpoint): Promise<boolean> {
    const { at, keyVersion, signature } = checkpoint;
    const text = signedText(kind, tenantId, checkpoint, at);
    return this.signer.isSignedBy(text, keyVersion, signature);
  }
}
