/**
 * Mirrors one kind of one factory into the catalog. Reads pages ahead while earlier pages are
 * written, writes only changes, and removes objects only after the list was read to its end.
 */
import type { FactoryReader, SharedResponses, SourceCursor } from '../../data-factory/ports';
import type { ResourceKind } from '../../data-factory/resource';
import type { CheckStopRequest } from '../../durable/stop-request';
import { DeltaPass } from './delta-pass';
import { completeMap, type CompletedList, type LoadedEtagMap } from '../etag-map';
import { KindWriter } from './kind-writer';
import type { MirrorResult, MirrorTarget, ReportTally } from './mirror-messages';
import type { PageLimits } from './page-limits';
import { PageReader, type PagedList, type PagesEnd, type ReadPage } from './page-reader';
import type { VersionHashes } from '../../data-factory/other-versions';
import type { CatalogStore, ChangeLog, EtagMapStore, ReferenceIndexStore } from '../ports';
import { ReferenceIndexUpdate } from './reference-index-update';

/** Well below the timeout of a function. The next call continues from the cursor. */
const budgetMs = 50_000;

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
    private readonly limits: PageLimits,
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
    const readPage = (from?: SourceCursor): Promise<ReadPage> =>
      this.reader.readPage(target, factory, kind, from, shared).then(
        (page) => ({ page }),
        (error: unknown) => ({ error }),
      );
    const prefetched = cursor === undefined ? readPage() : undefined;
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

    const list = { readPage, deadline, checkStopRequest };
    const first = prefetched ?? readPage(start);
    const { pages, ...end } = await this.mirrorPages(list, pass, first, start);
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
    list: PagedList,
    pass: DeltaPass,
    first: Promise<ReadPage>,
    start: SourceCursor | undefined,
  ): Promise<PagesEnd & { readonly pages: number }> {
    let pages = 0;
    const reader = new PageReader(list, this.limits, this.now);
    for await (const page of reader.pages(first, start)) {
      pages++;
      await this.limits.write(() => pass.apply(page));
    }
    return { ...reader.end, pages };
  }
}

const neverStop: CheckStopRequest = async () => undefined;

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
