/** Composition of this module: what it offers, and what it needs from outside. */
import type { CatalogStore } from '../catalog/ports';
import { RunExplanationService } from './explain/run-explanation-service';
import type {
  PipelineChangeReader,
  RunHistoryStateStore,
  RunHistoryStore,
  RunReader,
} from './ports';
import { RunHistoryService } from './run-history-service';
import { RunMirrorService, type RunHistoryRules } from './run-mirror-service';

export interface RunHistoryServices {
  readonly runHistory: RunHistoryService;
  readonly runMirror: RunMirrorService;
  readonly runExplanations: RunExplanationService;
}

export interface RunHistoryPorts {
  readonly runReader: RunReader;
  readonly runHistoryStore: RunHistoryStore;
  readonly runHistoryStateStore: RunHistoryStateStore;
  readonly catalogStore: Pick<CatalogStore, 'get'>;
  readonly pipelineChanges: PipelineChangeReader;
  readonly runHistoryRules: RunHistoryRules;
  readonly now: () => Date;
}

export function runHistoryServices(ports: RunHistoryPorts): RunHistoryServices {
  const { runHistoryStore, runHistoryStateStore, catalogStore, pipelineChanges } = ports;
  const runHistory = new RunHistoryService(runHistoryStore, runHistoryStateStore);
  return {
    runHistory,
    runExplanations: new RunExplanationService(
      runHistory,
      runHistoryStore,
      catalogStore,
      pipelineChanges,
    ),
    runMirror: new RunMirrorService(
      ports.runReader,
      runHistoryStore,
      runHistoryStateStore,
      catalogStore,
      ports.runHistoryRules,
      ports.now,
    ),
  };
}
