/**
 * Refuses tokens of persons who left: an access token of Entra lives for an hour after its person was
 * deactivated. The list of a tenant is read every few seconds and refreshed while the old one is
 * used, so that a request does not wait for storage.
 */
import { LRUCache } from 'lru-cache';
import { atMost } from '../../concurrency/at-most';
import { UnauthenticatedError, UpstreamError } from '../../errors/app-error';
import { logFailure } from '../../errors/log-failure';
import type { LeaverStore } from '../ports';

export interface LeaverCheckOptions {
  readonly leaverStore: Pick<LeaverStore, 'listLeavers' | 'isActive'>;
  readonly now: () => Date;
  /** What happens while the list cannot be read: `open` admits callers, `closed` refuses them. */
  readonly onFailure: 'open' | 'closed';
}

/** A list of this age is refreshed in the background. */
const refreshMs = 2_000;
/** A list of this age is not used any more. */
const maxAgeMs = 4_500;
const maxTenants = 1_000;
/** Name of the log line that a metric of the deployment counts. */
const failureEvent = 'leavers.list_failed';

interface List {
  readonly objectIds: ReadonlySet<string>;
  readonly readAt: number;
}

export class LeaverCheck {
  private readonly lists = new LRUCache<string, List>(atMost(maxTenants));
  private readonly loads = new Map<string, Promise<List>>();
  private failures = 0;

  constructor(private readonly options: LeaverCheckOptions) {}

  /** Throws UnauthenticatedError `person_deactivated` for a person who left. */
  async assertPresent({
    tenantId,
    objectId,
  }: {
    readonly tenantId: string;
    readonly objectId: string;
  }): Promise<void> {
    const person = objectId.toLowerCase();
    try {
      const { objectIds } = await this.listOf(tenantId);
      if (!objectIds.has(person)) return;
      if (await this.options.leaverStore.isActive(tenantId, person)) return;
    } catch (error) {
      this.handleFailure(tenantId, error);
      return;
    }
    throw new UnauthenticatedError(
      'person_deactivated',
      'The identity provider of the tenant has deactivated this person. Ask an administrator of the tenant.',
    );
  }

  /** Whether anyone has left. Throws if the list cannot be read. */
  async hasLeavers(tenantId: string): Promise<boolean> {
    return (await this.listOf(tenantId)).objectIds.size > 0;
  }

  /** A change of this instance takes effect at once. */
  forget(tenantId: string): void {
    this.lists.delete(tenantId);
  }

  private listOf(tenantId: string): Promise<List> {
    const cached = this.lists.get(tenantId);
    const age = cached ? this.options.now().getTime() - cached.readAt : Infinity;
    if (!cached || age < 0 || age >= maxAgeMs) return this.load(tenantId);
    // A failure here shows when the list is too old.
    if (age >= refreshMs) this.load(tenantId).catch(() => undefined);
    return Promise.resolve(cached);
  }

  private load(tenantId: string): Promise<List> {
    const running = this.loads.get(tenantId);
    if (running) return running;
    // Changes after this time may be missing in the list.
    const readAt = this.options.now().getTime();
    const load = this.options.leaverStore
      .listLeavers(tenantId)
      .then((objectIds) => {
        const list = { objectIds, readAt };
        this.lists.set(tenantId, list);
        return list;
      })
      .finally(() => this.loads.delete(tenantId));
    this.loads.set(tenantId, load);
    return load;
  }

  private handleFailure(tenantId: string, error: unknown): void {
    const { onFailure } = this.options;
    logFailure(failureEvent, error, { tenantId, onFailure, failures: ++this.failures });
    if (onFailure === 'open') return;
    throw new UpstreamError(
      'leavers_unavailable',
      'The list of deactivated persons cannot be read. Repeat the request in a few seconds.',
      true,
      error,
    );
  }
}
