/**
 * Makes the catalogue show what Data Factory shows, one kind of one factory at a time. Pages are read ahead while
 * earlier ones are written; only what changed is written; only a list read to its end removes anything.
 */
import { AppError, ThrottledError, UpstreamError } from '../errors/app-error';
import { toLoggedChanges } from './change-log';
import { completeMap } from './etag-map';
import type { MirrorResult, MirrorTarget, ReportTally } from './mirror-messages';
import type { SourceCursor, FactoryReader, SourcePage } from '../data-factory/ports';
import type { CheckStopRequest, StopRequest } from '../durable/stop-request';
import { addTally, type Tallies } from './tallies';
import { DeltaPass } from './delta-pass';
import { ReferenceIndexUpdate } from './reference-index-update';
import { listedKinds, resourceKind, type FactoryRef } from '../data-factory/resource';
import type { ConnectorKey } from '../storage/connector-key';
import type { ChangeLog, CatalogStore, EtagMapStore, ReferenceIndexStore } from './ports';

/** Well under the time-out of a function; what is left is read by the next call. */
const budgetMs = 50_000;
/** Pages of a list that are read and not yet written; more would only pile up bodies in memory. */
const maxPagesAhead = 2;

/** Lets pages of all lists in, as many as this worker writes at once. */
export type PageLimiter = (work: () => Promise<void>) => Promise<void>;

export class MirrorService {
  constructor(
    private readonly reader: FactoryReader,
    private readonly catalog: CatalogStore,
    private readonly referenceIndex: ReferenceIndexStore,
    private readonly maps: EtagMapStore,
    private readonly changes: Pick<ChangeLog, 'record'>,
    private readonly now: () => Date,
    private readonly limitPages: PageLimiter = (work) => work(),
  ) {}

  /** May be repeated with the same target: what is written already is found unchanged. */
  async mirror(
    target: MirrorTarget,
    report: ReportTally,
    checkStopRequest: CheckStopRequest = neverStop,
  ): Promise<MirrorResult> {
    const { factory, kind, syncRunId, cursor } = target;
    const stopRequest = await checkStopRequest();
    if (stopRequest) return { tallies: {}, cursor: cursor ?? [], stopRequest };
    const deadline = this.now().getTime() + budgetMs;
    const early = cursor === undefined ? this.read(target) : undefined;
    const map = await this.maps.load(target, factory, kind);
    const resumes = cursor !== undefined && map.dirtySyncRunId === syncRunId;
    const at = resumes ? cursor : undefined;
    const referrals = new ReferenceIndexUpdate(target, this.referenceIndex);
    const work = new DeltaPass(
      target,
      map,
      this.catalog,
      referrals,
      this.maps,
      (changes) => this.changes.record(target, syncRunId, factory, changes),
      this.now(),
      report,
    );
    await work.begin();

    const first = early ?? this.read(target, at);
    const end = await this.mirrorPages(target, work, { deadline, checkStopRequest }, at, first);
    if (end.cursor) {
      await referrals.save((rowKey) => work.entries.has(rowKey));
      await this.maps.save(target, factory, kind, {
        entries: work.entries,
        dirtySyncRunId: syncRunId,
      });
      return { tallies: work.tallies, ...end };
    }
    if (!end.failure) await work.removeMissing();
    // Every row is written by now, so the map may say so. New etags alone are no reason to write: hashes decide.
    const recovers = map.dirtySyncRunId !== undefined;
    if (work.hasWritten || recovers) {
      const kept = end.failure ? work.entries : completeMap(syncRunId, work).entries;
      await referrals.save((rowKey) => kept.has(rowKey));
      // Of pages that were not read, nobody knows more yet than what the rows say: the next pass has to recover, too.
      const open = recovers && end.failure ? { dirtySyncRunId: syncRunId } : {};
      await this.maps.save(target, factory, kind, { entries: kept, ...open });
    }
    return {
      tallies: work.tallies,
      ...end,
      ...(work.massRemoval && { massRemoval: work.massRemoval }),
    };
  }

  /**
   * A factory that is no more: its rows are hidden, and nothing of it is known any longer. Rows that are held are not
   * purged before somebody confirms.
   */
  async removeFactory(
    connector: ConnectorKey,
    factory: FactoryRef,
    pass: string,
    held = false,
  ): Promise<Tallies> {
    const rows = await this.catalog.listHashes(connector, factory, '');
    const remove = [...rows.keys()];
    if (remove.length > 0) {
      const change = { put: [], remove, ...(held && { quarantinedBy: pass }) };
      await this.changes.record(connector, pass, factory, toLoggedChanges([change]));
      await this.catalog.write(connector, factory, [change], this.now());
    }
    for (const kind of listedKinds) {
      const referrals = await this.referenceIndex.load(connector, factory, kind);
      if (referrals.size > 0) await this.referenceIndex.save(connector, factory, kind, new Map());
      const { entries, dirtySyncRunId } = await this.maps.load(connector, factory, kind);
      if (entries.size > 0 || dirtySyncRunId !== undefined)
        await this.maps.save(connector, factory, kind, { entries: new Map() });
    }
    return remove.reduce<Tallies>((tallies, rowKey) => {
      const kind = resourceKind.parse(rowKey.split('|')[0]);
      return addTally(tallies, kind, { removed: 1 });
    }, {});
  }

  private async mirrorPages(
    target: MirrorTarget,
    work: DeltaPass,
    { deadline, checkStopRequest }: Bounds,
    first: SourceCursor | undefined,
    reading: Promise<Read>,
  ): Promise<Omit<MirrorResult, 'tallies'>> {
    const visited = new Set<string>();
    const writing = new Set<Promise<void>>();
    let at = first;
    let next: Promise<Read> | undefined = reading;
    let end: Omit<MirrorResult, 'tallies'> = {};
    while (next) {
      const both: [Read, StopRequest | undefined] = await Promise.all([next, checkStopRequest()]);
      const [read, stopRequest] = both;
      if ('error' in read) {
        end = this.stoppedBy(read.error, at);
        break;
      }
      at = read.page.cursor;
      const link = at?.join(' ');
      if (link !== undefined && visited.has(link)) {
        end = this.stoppedBy(pageLoop(), at);
        break;
      }
      if (link !== undefined) visited.add(link);
      const late = this.now().getTime() > deadline;
      const stops = late || stopRequest !== undefined;
      if (at && stops) end = { cursor: at, ...(stopRequest && { stopRequest }) };
      next = at && !stops ? this.read(target, at) : undefined;
      const write = this.limitPages(() => work.apply(read.page));
      writing.add(write);
      void write.then(
        () => writing.delete(write),
        () => undefined,
      );
      if (writing.size >= maxPagesAhead) await Promise.race(writing);
    }
    await Promise.all(writing);
    return end;
  }

  /** A failure as a value, so that one that nobody waits for yet is not lost. */
  private read(target: MirrorTarget, cursor?: SourceCursor): Promise<Read> {
    return this.reader.readPage(target, target.factory, target.kind, cursor).then(
      (page) => ({ page }),
      (error: unknown) => ({ error }),
    );
  }

  private stoppedBy(error: unknown, at: SourceCursor | undefined): Omit<MirrorResult, 'tallies'> {
    if (error instanceof ThrottledError) {
      const notBefore = new Date(this.now().getTime() + error.retryAfterSeconds * 1_000);
      return { cursor: at ?? [], notBefore: notBefore.toISOString() };
    }
    if (error instanceof AppError) return { failure: { code: error.code, message: error.message } };
    throw error;
  }
}

const neverStop: CheckStopRequest = async () => undefined;

/** What ends a call before the list is read to its end. */
interface Bounds {
  readonly deadline: number;
  readonly checkStopRequest: CheckStopRequest;
}

type Read = { readonly page: SourcePage } | { readonly error: unknown };

const pageLoop = () =>
  new UpstreamError(
    'list_page_loop',
    'A list of Data Factory leads back to an earlier page.',
    false,
  );
