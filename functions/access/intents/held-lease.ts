/** The right to work on one subject, kept while the work makes progress. */
import type { DirectoryKey } from '../directory';
import type { WorkLease, WorkLeaseStore } from '../ports';

/** Longer than the calls to Azure that begin within the time of an attempt. */
const leaseMs = 20_000;
const renewAfterMs = 5_000;

export class HeldLease {
  private constructor(
    private readonly store: WorkLeaseStore,
    private readonly key: DirectoryKey,
    private readonly name: string,
    private readonly now: () => Date,
    private lease: WorkLease,
    private takenAt: number,
  ) {}

  /** Undefined while another worker has the subject. */
  static async take(
    store: WorkLeaseStore,
    key: DirectoryKey,
    name: string,
    now: () => Date,
  ): Promise<HeldLease | undefined> {
    const takenAt = now();
    const lease = await store.take(key, name, takenAt, endOf(takenAt));
    return lease && new HeldLease(store, key, name, now, lease, takenAt.getTime());
  }

  /** Renews the lease if it is time to. One that another worker has taken over stays lost. */
  async keep(): Promise<void> {
    const now = this.now();
    if (now.getTime() - this.takenAt < renewAfterMs) return;
    this.lease =
      (await this.store.renew(this.key, this.name, this.lease, endOf(now))) ?? this.lease;
    this.takenAt = now.getTime();
  }

  /** False if another worker had taken it over. */
  release(): Promise<boolean> {
    return this.store.release(this.key, this.name, this.lease);
  }
}

const endOf = (now: Date) => new Date(now.getTime() + leaseMs);
