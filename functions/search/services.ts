/** Composition of this module: what it offers, and what it needs from outside. */
import type { ConnectorServices } from '../connectors/services';
import type { LineagePorts } from '../lineage/services';
import type { SearchStore } from './ports';
import { SearchIndexService } from './search-index-service';
import { SearchService } from './search-service';

export interface SearchServices {
  readonly searchIndex: SearchIndexService;
  readonly search: SearchService;
}

export interface SearchPorts {
  readonly searchStore: SearchStore;
  readonly lineageStore: LineagePorts['lineageStore'];
  readonly connectors: ConnectorServices['connectors'];
}

export function searchServices(ports: SearchPorts): SearchServices {
  const { searchStore, lineageStore, connectors } = ports;
  return {
    searchIndex: new SearchIndexService(searchStore, lineageStore),
    search: new SearchService(searchStore, connectors),
  };
}
