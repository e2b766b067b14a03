/** Signs the head of a chain from time to time, and the beginning of a chain that was purged. */
import { logFailure } from '../errors/log-failure';
import type { ChainFloor, ChainLink } from './chain';
import { isCheckpointDue, signedText, type Checkpoint } from './checkpoint';
import type { AuditStore, CheckpointSigner } from './ports';

type Store = Pick<AuditStore, 'getHead' | 'getLatestCheckpoint' | 'putCheckpoint'>;
type SignedKind = Parameters<typeof signedText>[0];

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
      const checkpoint = await this.sign('checkpoint', tenantId, head);
      await this.store.putCheckpoint(tenantId, checkpoint);
      return checkpoint;
    } catch (error) {
      logFailure('audit.checkpoint_failed', error, { tenantId });
      return undefined;
    }
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
