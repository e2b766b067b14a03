/** Composition of this module: what it offers, and what it needs from outside. */
import type { CatalogStore } from '../catalog/ports';
import type { RunHistoryStateStore, RunHistoryStore, RunReader } from './ports';
import { RunHistoryService } from './run-history-service';
import { RunMirrorService, type RunHistoryRules } from './run-mirror-service';

export interface RunHistoryServices {
  readonly runHistory: RunHistoryService;
  readonly runMirror: RunMirrorService;
}

export interface RunHistoryPorts {
  readonly runReader: RunReader;
  readonly runHistoryStore: RunHistoryStore;
  readonly runHistoryStateStore: RunHistoryStateStore;
  readonly catalogStore: Pick<CatalogStore, 'get'>;
  readonly runHistoryRules: RunHistoryRules;
  readonly now: () => Date;
}

export function runHistoryServices(ports: RunHistoryPorts): RunHistoryServices {
  const { runHistoryStore, runHistoryStateStore } = ports;
  return {
    runHistory: new RunHistoryService(runHistoryStore, runHistoryStateStore),
    runMirror: new RunMirrorService(
      ports.runReader,
      runHistoryStore,
      runHistoryStateStore,
      ports.catalogStore,
      ports.runHistoryRules,
      ports.now,
    ),
  };
}
