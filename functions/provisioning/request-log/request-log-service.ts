/**
 * The latest requests of a connection. Those with a finding are stored before the response; others
 * are collected and stored together, so that they cost no write each. If a worker dies, its last ones
 * are missing; diagnostics are no audit trail.
 */
import { logFailure } from '../../errors/log-failure';
import type { Page, PageRequest } from '../../storage/page';
import { invertUlid, ulid, ulidEntropyBytes } from '../../storage/ulid';
import type { DirectoryKey } from '../directory/directory';
import type { RequestLogStore } from '../ports';
import { hasFinding, type LoggedRequest } from './logged-request';

const flushAfterMs = 1_000;
/** Further ones until the next flush are left out. */
const maxPending = 100;
const maxPathLength = 200;
const maxDetailLength = 1_000;

interface Pending {
  readonly key: DirectoryKey;
  readonly requests: LoggedRequest[];
}

export class RequestLogService {
  private readonly pending = new Map<string, Pending>();
  private flushing: Promise<void> | undefined;

  constructor(
    private readonly store: RequestLogStore,
    private readonly randomBytes: (size: number) => Uint8Array,
  ) {}

  async record(key: DirectoryKey, request: Omit<LoggedRequest, 'id'>): Promise<void> {
    const id = invertUlid(ulid(new Date(request.at), this.randomBytes(ulidEntropyBytes)));
    const { path, detail } = request;
    const logged: LoggedRequest = {
      ...request,
      id,
      path: path.slice(0, maxPathLength),
      ...(detail !== undefined && { detail: detail.slice(0, maxDetailLength) }),
    };
    if (hasFinding(logged)) await this.store.append(key, [logged]);
    else this.collect(key, logged);
  }

  /** Newest first, with what this worker has not stored yet. */
  async list(key: DirectoryKey, page: PageRequest): Promise<Page<LoggedRequest>> {
    await this.flush();
    return this.store.list(key, page);
  }

  async flush(): Promise<void> {
    const all = [...this.pending.values()];
    this.pending.clear();
    for (const { key, requests } of all)
      await this.store
        .append(key, requests)
        .catch((error: unknown) => logFailure('provisioning_requests.append_failed', error));
  }

  private collect(key: DirectoryKey, request: LoggedRequest): void {
    const name = `${key.tenantId}|${key.connectionId}`;
    const pending = this.pending.get(name) ?? { key, requests: [] };
    this.pending.set(name, pending);
    if (pending.requests.length < maxPending) pending.requests.push(request);
    this.flushing ??= this.flushLater();
  }

  private async flushLater(): Promise<void> {
    await new Promise<void>((done) => {
      setTimeout(done, flushAfterMs).unref();
    });
    this.flushing = undefined;
    await this.flush();
  }
}
