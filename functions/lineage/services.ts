/** Composition of this module: what it offers, and what it needs from outside. */
import { LineageQueryService } from './lineage-query-service';
import { LineageService } from './lineage-service';
import type { LineageStore } from './ports';

export interface LineageServices {
  readonly lineage: LineageService;
  readonly lineageQueries: LineageQueryService;
}

export interface LineagePorts {
  readonly lineageStore: LineageStore;
  readonly now: () => Date;
}

export function lineageServices(ports: LineagePorts): LineageServices {
  const { lineageStore, now } = ports;
  return {
    lineage: new LineageService(lineageStore),
    lineageQueries: new LineageQueryService(lineageStore, now),
  };
}
