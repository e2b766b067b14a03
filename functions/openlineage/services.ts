/** Composition of this module: what it offers, and what it needs from outside. */
import type { CatalogPorts } from '../catalog/services';
import type { LineageServices } from '../lineage/services';
import type { RunHistoryPorts, RunHistoryServices } from '../run-history/services';
import { RunEventsService } from './events/run-events-service';
import { StaticEventsService } from './events/static-events-service';
import { ExportService } from './export/export-service';

export interface OpenLineageServices {
  readonly openLineageExports: ExportService;
}

export interface OpenLineagePorts
  extends
    Pick<LineageServices, 'lineageQueries'>,
    Pick<RunHistoryServices, 'runHistory'>,
    Pick<RunHistoryPorts, 'runHistoryStore'>,
    Pick<CatalogPorts, 'catalogStore'> {
  /** The producer of all events. */
  readonly publicUrl: string;
}

export function openLineageServices(ports: OpenLineagePorts): OpenLineageServices {
  const { lineageQueries, runHistory, runHistoryStore, catalogStore, publicUrl } = ports;
  const producer = new URL(publicUrl).href;
  const staticEvents = new StaticEventsService(catalogStore, producer);
  const runs = new RunEventsService(runHistoryStore, catalogStore, producer);
  return {
    openLineageExports: new ExportService(lineageQueries, runHistory, staticEvents, runs),
  };
}
