/**
 * Mirrors one kind of one factory into the catalog. Reads pages ahead while earlier pages are
 * written, writes only changes, and removes objects only after the list was read to its end.
 */
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import { azureResponseOf } from '../data-factory/azure-response';
import type {
  FactoryReader,
  SharedResponses,
  SourceCursor,
  SourcePage,
} from '../data-factory/ports';
import type { ResourceKind } from '../data-factory/resource';
import type { CheckStopRequest, StopRequest } from '../durable/stop-request';
import { AppError, ThrottledError, UpstreamError } from '../errors/app-error';
import { DeltaPass } from './delta-pass';
import { completeMap, type CompletedList, type LoadedEtagMap } from './etag-map';
import { KindWriter } from './kind-writer';
import type { MirrorResult, MirrorTarget, ReportTally } from './mirror-messages';
import type { VersionHashes } from '../data-factory/other-versions';
import type { CatalogStore, ChangeLog, EtagMapStore, ReferenceIndexStore } from './ports';
import { ReferenceIndexUpdate } from './reference-index-update';

/** Well below the timeout of a function. The next call continues from the cursor. */
const budgetMs = 50_000;
/** Pages of a list that are written while the next one is read. Limits the bodies in memory. */
const maxPagesAtATime = 1;

/** Limits how many pages of all lists a worker writes at a time. */
export type PageLimiter = (work: () => Promise<void>) => Promise<void>;

/** What the lists of one factory share while they are read together. */
export interface MirrorStretch {
  /** Time in milliseconds after which a list returns its cursor. */
  readonly deadline: number;
  readonly map: Promise<LoadedEtagMap>;
  readonly shared: SharedResponses;
}

export class MirrorService {
  constructor(
    private readonly reader: FactoryReader,
    private readonly catalog: CatalogStore,
    private readonly referenceIndex: ReferenceIndexStore,
    private readonly etagMaps: EtagMapStore,
    private readonly changes: Pick<ChangeLog, 'record' | 'recorded'>,
    private readonly now: () => Date,
    private readonly versionHashes: VersionHashes,
    private readonly limitPages: PageLimiter = (work) => work(),
  ) {}

  /** Idempotent for the same target: objects that are already written are found unchanged. */
  async mirror(
    target: MirrorTarget,
    report: ReportTally,
    checkStopRequest: CheckStopRequest = neverStop,
    stretch: Partial<MirrorStretch> = {},
  ): Promise<MirrorResult> {
    const { factory, kind, syncRunId, cursor } = target;
    const { deadline = this.now().getTime() + budgetMs, shared = new Map() } = stretch;
    const stopRequest = await checkStopRequest();
    if (stopRequest) return { tallies: {}, cursor: cursor ?? [], stopRequest };
    const source = { target, shared };
    const prefetched = cursor === undefined ? this.read(source) : undefined;
    const map = await (stretch.map ?? this.etagMaps.load(target, factory, kind));
    if (map.completed?.syncRunId === syncRunId) {
      await prefetched;
      return completedResult(map.completed, report);
    }
    const resumes = cursor !== undefined && map.dirtySyncRunId === syncRunId;
    const start = resumes ? cursor : undefined;
    const isNew = map.version.etag === undefined;
    const references = new ReferenceIndexUpdate(target, this.referenceIndex, isNew);
    const writer = new KindWriter(target, map.version, this.etagMaps, this.catalog);
    const pass = new DeltaPass(
      target,
      map,
      this.catalog,
      references,
      writer,
      this.changes,
      this.now(),
      report,
      await this.versionHashes.current(),
      this.versionHashes.others,
    );
    await pass.begin();

    const first = prefetched ?? this.read(source, start);
    const bounds = { deadline, checkStopRequest };
    const { pages, ...end } = await this.mirrorPages(source, pass, bounds, start, first);
    // Without a page the stored map is still true.
    if (end.cursor && pages === 0) return { tallies: pass.tallies, ...end };
    if (end.cursor) {
      const { entries } = pass;
      const interrupted = pass.recovers ? { isInterrupted: true as const } : {};
      await writer.saveMap(
        { entries, dirtySyncRunId: syncRunId, ...interrupted },
        await references.changed((rowKey) => entries.has(rowKey)),
      );
      return { tallies: pass.tallies, ...end };
    }
    if (!end.failure) await pass.removeMissing();
    // All rows are written by now. The map is not saved for new etags alone, because hashes decide.
    const recovers = map.dirtySyncRunId !== undefined;
    if (pass.hasWritten || recovers) {
      const entries = end.failure ? pass.entries : completeMap(syncRunId, pass).entries;
      const changed = await references.changed((rowKey) => entries.has(rowKey));
      // After a failure the map stays dirty: for pages that were not read, only the rows are
      // reliable.
      const dirty = recovers && end.failure ? { dirtySyncRunId: syncRunId } : {};
      const completed = end.failure ? {} : { completed: { syncRunId, ...resultOf(pass) } };
      await writer.saveMap({ entries, ...dirty, ...completed }, changed);
    }
    return { ...resultOf(pass), ...end };
  }

  private async mirrorPages(
    source: Source,
    pass: DeltaPass,
    bounds: Bounds,
    start: SourceCursor | undefined,
    firstRead: Promise<ReadResult>,
  ): Promise<PagesEnd & { readonly pages: number }> {
    let end: PagesEnd = {};
    let pages = 0;
    const read = this.readPages(source, bounds, start, firstRead, (reached) => {
      end = reached;
    });
    await forEachConcurrently(read, maxPagesAtATime, (page) => {
      pages++;
      return this.limitPages(() => pass.apply(page));
    });
    return { ...end, pages };
  }

  /**
   * Yields page after page and starts to read the next one before it yields. Calls `onEnd` if it
   * ends early.
   */
  private async *readPages(
    source: Source,
    { deadline, checkStopRequest }: Bounds,
    start: SourceCursor | undefined,
    firstRead: Promise<ReadResult>,
    onEnd: (end: PagesEnd) => void,
  ): AsyncGenerator<SourcePage> {
    const visited = new Set<string>();
    let cursor = start;
    let next: Promise<ReadResult> | undefined = firstRead;
    while (next) {
      const both: [ReadResult, StopRequest | undefined] = await Promise.all([
        next,
        checkStopRequest(),
      ]);
      const [read, stopRequest] = both;
      if ('error' in read) return onEnd(this.toPagesEnd(read.error, cursor));
      cursor = read.page.cursor;
      const link = cursor?.join(' ');
      if (link !== undefined && visited.has(link))
        return onEnd(this.toPagesEnd(pageLoop(), cursor));
      if (link !== undefined) visited.add(link);
      const late = this.now().getTime() > deadline;
      const stops = late || stopRequest !== undefined;
      if (cursor && stops) onEnd({ cursor, ...(stopRequest && { stopRequest }) });
      next = cursor && !stops ? this.read(source, cursor) : undefined;
      yield read.page;
    }
  }

  /** Returns a failure as a value, because a rejection of a page read ahead would be unhandled. */
  private read({ target, shared }: Source, cursor?: SourceCursor): Promise<ReadResult> {
    return this.reader.readPage(target, target.factory, target.kind, cursor, shared).then(
      (page) => ({ page }),
      (error: unknown) => ({ error }),
    );
  }

  private toPagesEnd(error: unknown, cursor: SourceCursor | undefined): PagesEnd {
    if (error instanceof ThrottledError) {
      const notBefore = new Date(this.now().getTime() + error.retryAfterSeconds * 1_000);
      return { cursor: cursor ?? [], notBefore: notBefore.toISOString() };
    }
    if (!(error instanceof AppError)) throw error;
    const response = azureResponseOf(error);
    const { code, message } = error;
    return { failure: { code, message, ...(response && { response }) } };
  }
}

const neverStop: CheckStopRequest = async () => undefined;

interface Source {
  readonly target: MirrorTarget;
  readonly shared: SharedResponses;
}

const resultOf = ({ tallies, massRemoval }: Pick<DeltaPass, 'tallies' | 'massRemoval'>) => ({
  tallies,
  ...(massRemoval && { massRemoval }),
});

/** The result of an earlier attempt of the same step, which was complete. */
function completedResult(completed: CompletedList, report: ReportTally): MirrorResult {
  const { syncRunId: _syncRunId, ...result } = completed;
  for (const [kind, { read, written }] of Object.entries(result.tallies))
    report(kind as ResourceKind, { read, written });
  return result;
}

/** Ends a call before the end of the list. */
interface Bounds {
  readonly deadline: number;
  readonly checkStopRequest: CheckStopRequest;
}

type PagesEnd = Omit<MirrorResult, 'tallies' | 'massRemoval'>;

type ReadResult = { readonly page: SourcePage } | { readonly error: unknown };

const pageLoop = () =>
  new UpstreamError(
    'list_page_loop',
    'A list of Data Factory links back to an earlier page. Report this error to the operator.',
    false,
  );
