/** Work on one subject runs one after the other within this worker. ETags guard against others. */
import pLimit, { type LimitFunction } from 'p-limit';
import { KeyedPool } from '../../concurrency/keyed-pool';

export class Turns {
  private readonly limits = new KeyedPool<LimitFunction>(
    ({ activeCount, pendingCount }) => activeCount + pendingCount === 0,
  );

  take<T>(subject: string, work: () => Promise<T>): Promise<T> {
    return this.limits.getOrCreate(subject, () => pLimit(1))(work);
  }
}
