/**
 * Mirrors one kind of one factory into the catalog. Reads pages ahead while earlier pages are
 * written, writes only changes, and removes objects only after the list was read to its end.
 */
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import { azureResponseOf } from '../data-factory/azure-response';
import type { VersionHash } from '../data-factory/canonical-json';
import type { FactoryReader, SourceCursor, SourcePage } from '../data-factory/ports';
import type { CheckStopRequest, StopRequest } from '../durable/stop-request';
import { AppError, ThrottledError, UpstreamError } from '../errors/app-error';
import { DeltaPass } from './delta-pass';
import { completeMap } from './etag-map';
import { KindWriter } from './kind-writer';
import type { MirrorResult, MirrorTarget, ReportTally } from './mirror-messages';
import type { CatalogStore, ChangeLog, EtagMapStore, ReferenceIndexStore } from './ports';
import { ReferenceIndexUpdate } from './reference-index-update';

/** Well below the timeout of a function. The next call continues from the cursor. */
const budgetMs = 50_000;
/** Pages that are read and not yet written. Limits the bodies in memory. */
const maxPagesAhead = 2;

/** Limits how many pages of all lists a worker writes at a time. */
export type PageLimiter = (work: () => Promise<void>) => Promise<void>;

export class MirrorService {
  constructor(
    private readonly reader: FactoryReader,
    private readonly catalog: CatalogStore,
    private readonly referenceIndex: ReferenceIndexStore,
    private readonly etagMaps: EtagMapStore,
    private readonly changes: Pick<ChangeLog, 'record' | 'recorded'>,
    private readonly now: () => Date,
    private readonly versionHash: () => Promise<VersionHash>,
    private readonly limitPages: PageLimiter = (work) => work(),
  ) {}

  /** Idempotent for the same target: objects that are already written are found unchanged. */
  async mirror(
    target: MirrorTarget,
    report: ReportTally,
    checkStopRequest: CheckStopRequest = neverStop,
  ): Promise<MirrorResult> {
    const { factory, kind, syncRunId, cursor } = target;
    const stopRequest = await checkStopRequest();
    if (stopRequest) return { tallies: {}, cursor: cursor ?? [], stopRequest };
    const deadline = this.now().getTime() + budgetMs;
    const prefetched = cursor === undefined ? this.read(target) : undefined;
    const map = await this.etagMaps.load(target, factory, kind);
    const resumes = cursor !== undefined && map.dirtySyncRunId === syncRunId;
    const start = resumes ? cursor : undefined;
    const references = new ReferenceIndexUpdate(target, this.referenceIndex);
    const writer = new KindWriter(
      target,
      map.version,
      this.etagMaps,
      this.catalog,
      this.referenceIndex,
    );
    const pass = new DeltaPass(
      target,
      map,
      this.catalog,
      references,
      writer,
      this.changes,
      this.now(),
      report,
      await this.versionHash(),
    );
    await pass.begin();

    const first = prefetched ?? this.read(target, start);
    const end = await this.mirrorPages(target, pass, { deadline, checkStopRequest }, start, first);
    if (end.cursor) {
      await references.save(writer, (rowKey) => pass.entries.has(rowKey));
      const interrupted = pass.recovers ? { isInterrupted: true as const } : {};
      await writer.saveMap({ entries: pass.entries, dirtySyncRunId: syncRunId, ...interrupted });
      return { tallies: pass.tallies, ...end };
    }
    if (!end.failure) await pass.removeMissing();
    // All rows are written by now. The map is not saved for new etags alone, because hashes decide.
    const recovers = map.dirtySyncRunId !== undefined;
    if (pass.hasWritten || recovers) {
      const entries = end.failure ? pass.entries : completeMap(syncRunId, pass).entries;
      await references.save(writer, (rowKey) => entries.has(rowKey));
      // After a failure the map stays dirty: for pages that were not read, only the rows are
      // reliable.
      const dirty = recovers && end.failure ? { dirtySyncRunId: syncRunId } : {};
      await writer.saveMap({ entries, ...dirty });
    }
    const { tallies, massRemoval } = pass;
    return { tallies, ...end, ...(massRemoval && { massRemoval }) };
  }

  private async mirrorPages(
    target: MirrorTarget,
    pass: DeltaPass,
    bounds: Bounds,
    start: SourceCursor | undefined,
    firstRead: Promise<ReadResult>,
  ): Promise<PagesEnd> {
    let end: PagesEnd = {};
    const pages = this.readPages(target, bounds, start, firstRead, (reached) => {
      end = reached;
    });
    await forEachConcurrently(pages, maxPagesAhead, (page) =>
      this.limitPages(() => pass.apply(page)),
    );
    return end;
  }

  /**
   * Yields page after page and starts to read the next one before it yields. Calls `onEnd` if it
   * ends early.
   */
  private async *readPages(
    target: MirrorTarget,
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
      next = cursor && !stops ? this.read(target, cursor) : undefined;
      yield read.page;
    }
  }

  /** Returns a failure as a value, because a rejection of a page read ahead would be unhandled. */
  private read(target: MirrorTarget, cursor?: SourceCursor): Promise<ReadResult> {
    return this.reader.readPage(target, target.factory, target.kind, cursor).then(
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
