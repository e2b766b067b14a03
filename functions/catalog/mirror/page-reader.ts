/**
 * Reads the pages of one list in order. The page after the current one is always read ahead, and more
 * of them while the worker has places for them, so that slow writes do not delay a long list.
 */
import { azureResponseOf } from '../../data-factory/azure-response';
import type { SourceCursor, SourcePage } from '../../data-factory/ports';
import type { CheckStopRequest } from '../../durable/stop-request';
import { AppError, ThrottledError, UpstreamError } from '../../errors/app-error';
import type { MirrorResult } from './mirror-messages';
import type { PageLimits } from './page-limits';

export interface PagedList {
  readonly readPage: (cursor?: SourceCursor) => Promise<ReadPage>;
  /** Time in milliseconds after which no further page is begun. */
  readonly deadline: number;
  readonly checkStopRequest: CheckStopRequest;
}

/** A failure is a value, because the rejection of a page read ahead would be unhandled. */
export type ReadPage = { readonly page: SourcePage } | { readonly error: unknown };

/** Why the pages ended before the end of the list: a cursor to continue from, or a failure. */
export type PagesEnd = Omit<MirrorResult, 'tallies' | 'massRemoval'>;

export class PageReader {
  /** Known when the pages have ended. Empty if the list was read to its end. */
  end: PagesEnd = {};
  /** Reads that are begun, in order, until their pages are handed out. */
  private readonly begun: Promise<SourcePage | undefined>[] = [];
  /** Of the page that may be read next. Undefined while the last page begun is being read. */
  private after: SourceCursor | undefined;
  /** Places that this list has taken: one for each read that is begun, except for the first. */
  private places = 0;
  private readonly visited = new Set<string>();
  private isOver = false;

  constructor(
    private readonly list: PagedList,
    private readonly limits: Pick<PageLimits, 'tryReadAhead' | 'endReadAhead'>,
    private readonly now: () => Date,
  ) {}

  /** `first` is the page of `cursor`, which may be read already. */
  async *pages(
    first: Promise<ReadPage>,
    cursor: SourceCursor | undefined,
  ): AsyncGenerator<SourcePage> {
    this.begin(first, cursor);
    try {
      while (this.begun.length > 0) {
        const page = await this.begun[0];
        void this.begun.shift();
        this.releasePlaces(Math.max(0, this.begun.length - 1));
        this.readOn();
        if (page) yield page;
      }
    } finally {
      this.isOver = true;
      this.releasePlaces(0);
    }
  }

  /** Begins the next page, which needs a place if a page before it is not handed out. */
  private readOn(): void {
    const { after } = this;
    if (!after || this.isOver) return;
    if (this.now().getTime() > this.list.deadline) {
      this.after = undefined;
      this.end = { cursor: after };
      return;
    }
    if (this.begun.length > 0) {
      if (!this.limits.tryReadAhead()) return;
      this.places++;
    }
    this.begin(this.list.readPage(after), after);
  }

  private begin(reading: Promise<ReadPage>, cursor: SourceCursor | undefined): void {
    this.after = undefined;
    const page = this.pageOf(reading, cursor);
    // A rejection reaches the reader of the page.
    void page.then(
      () => this.readOn(),
      () => undefined,
    );
    this.begun.push(page);
  }

  /** Decides how the list goes on. Undefined if it ends without this page. */
  private async pageOf(
    reading: Promise<ReadPage>,
    cursor: SourceCursor | undefined,
  ): Promise<SourcePage | undefined> {
    const [read, stopRequest] = await Promise.all([reading, this.list.checkStopRequest()]);
    if ('error' in read) {
      this.end = this.endOf(read.error, cursor);
      return undefined;
    }
    const { page } = read;
    const { cursor: after } = page;
    if (!after) return page;
    const key = after.join(' ');
    if (this.visited.has(key)) {
      this.end = this.endOf(pageLoop(), after);
      return undefined;
    }
    this.visited.add(key);
    if (stopRequest === undefined) this.after = after;
    else this.end = { cursor: after, stopRequest };
    return page;
  }

  private releasePlaces(kept: number): void {
    for (; this.places > kept; this.places--) this.limits.endReadAhead();
  }

  private endOf(error: unknown, cursor: SourceCursor | undefined): PagesEnd {
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

const pageLoop = () =>
  new UpstreamError(
    'list_page_loop',
    'A list of Data Factory links back to an earlier page. Report this error to the operator.',
    false,
  );
