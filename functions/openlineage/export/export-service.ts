/** Events of a connector page by page: units in the order of their keys, then runs, newest first. */
import { mapConcurrently } from '../../concurrency/map-concurrently';
import { factoryId } from '../../data-factory/resource';
import type { LineageQueryService } from '../../lineage/lineage-query-service';
import type { LineageGraph } from '../../lineage/graph/lineage-graph';
import type { RunHistoryService } from '../../run-history/run-history-service';
import type { ConnectorKey } from '../../storage/connector-key';
import type { Page, PageRequest } from '../../storage/page';
import { eventKinds, type EventKind, type OpenLineageEvent } from '../events/event';
import type { RunEventsService } from '../events/run-events-service';
import { orderOf, type StaticEventsService } from '../events/static-events-service';

export interface ExportQuery {
  readonly kind?: EventKind | undefined;
  /** Jobs and datasets that changed, and runs that started, at or after this time. */
  readonly since?: string | undefined;
  /** Name or ARM id of a factory, without case. */
  readonly factory?: string | undefined;
}

const maxUnitsAtOnce = 4;
const maxUnits = 100;
const maxRunsAtOnce = 8;
/** A page also ends after this time, and after this number of characters. */
const maxMs = 3_000;
const maxLength = 4_000_000;

export class ExportService {
  constructor(
    private readonly lineage: Pick<LineageQueryService, 'graph'>,
    private readonly runHistory: Pick<RunHistoryService, 'list'>,
    private readonly staticEvents: StaticEventsService,
    private readonly runs: RunEventsService,
  ) {}

  /**
   * Lines of NDJSON. All events of a pipeline or run are in one page, so a page may have more of them
   * than its limit, or fewer.
   */
  async export(
    connector: ConnectorKey,
    query: ExportQuery,
    { limit, continuation }: PageRequest,
  ): Promise<Page<string>> {
    const graph = await this.lineage.graph(connector);
    const kinds = query.kind === undefined ? eventKinds : [query.kind];
    const page = new PageOfLines(limit);
    const [phase, after] = parse(continuation);
    if (phase === 'units' && kinds.some((kind) => kind !== 'run')) {
      const last = await this.addUnits(connector, graph, { ...query, kinds }, after, page);
      if (last !== undefined) return { items: page.lines, continuation: `units ${last}` };
    }
    if (!kinds.includes('run')) return { items: page.lines };
    if (page.isFull) return { items: page.lines, continuation: 'runs ' };
    const next = await this.addRuns(connector, graph, query, phase === 'runs' ? after : '', page);
    return { items: page.lines, ...(next !== undefined && { continuation: `runs ${next}` }) };
  }

  /** Returns the key of the last unit, unless all units are added. */
  private async addUnits(
    connector: ConnectorKey,
    graph: LineageGraph,
    { factory, ...selection }: ExportQuery & { readonly kinds: readonly EventKind[] },
    after: string,
    page: PageOfLines,
  ): Promise<string | undefined> {
    const isWanted = (key: string) => isOfFactory(graph, key, factory?.toLowerCase());
    const keys = orderOf(graph).keys.filter((key) => key > after && isWanted(key));
    for (let at = 0; at < keys.length; at += maxUnitsAtOnce) {
      const group = keys.slice(at, at + maxUnitsAtOnce);
      const events = await mapConcurrently(group, maxUnitsAtOnce, (key) =>
        this.staticEvents.eventsOf(connector, graph, key, selection),
      );
      for (const [index, each] of events.entries()) {
        page.add(each);
        const isLast = at + index + 1 === keys.length;
        if (!isLast && (page.isFull || at + index + 1 >= maxUnits)) return group[index];
      }
    }
    return undefined;
  }

  /** Returns the continuation of the list of runs. */
  private async addRuns(
    connector: ConnectorKey,
    graph: LineageGraph,
    { factory, since }: ExportQuery,
    continuation: string,
    page: PageOfLines,
  ): Promise<string | undefined> {
    const { items, continuation: next } = await this.runHistory.list(
      connector,
      { kind: 'pipeline', factory, from: since },
      // Most runs have two events.
      {
        limit: Math.min(100, Math.max(1, Math.ceil(page.room / 2))),
        ...(continuation !== '' && { continuation }),
      },
    );
    const paths = new Map();
    const events = await mapConcurrently(items, maxRunsAtOnce, (item) =>
      this.runs.eventsOf(connector, graph, item, paths),
    );
    for (const { start, activities, end } of events) page.add([...start, ...activities, ...end]);
    return next;
  }
}

class PageOfLines {
  readonly lines: string[] = [];
  private length = 0;
  private readonly deadline = performance.now() + maxMs;

  constructor(private readonly limit: number) {}

  get room(): number {
    return this.limit - this.lines.length;
  }

  get isFull(): boolean {
    return this.room <= 0 || this.length > maxLength || performance.now() > this.deadline;
  }

  add(events: readonly OpenLineageEvent[]): void {
    for (const event of events) {
      const line = `${JSON.stringify(event)}\n`;
      this.length += line.length;
      this.lines.push(line);
    }
  }
}

function parse(continuation = 'units '): readonly ['units' | 'runs', string] {
  const at = continuation.indexOf(' ');
  return [continuation.slice(0, at) === 'runs' ? 'runs' : 'units', continuation.slice(at + 1)];
}

function isOfFactory(graph: LineageGraph, key: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  const { factoryRef } = graph.units.get(key)!;
  return [factoryRef.name, factoryId(factoryRef)].some((name) => name.toLowerCase() === wanted);
}
