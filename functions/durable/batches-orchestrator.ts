/** Runs the batches of a time-boxed scan one after the other, until nothing is left. Deterministic. */
import type { OrchestrationContext } from 'durable-functions';
import { runStep, type Orchestration, type Step } from './step';
import type { ScanBatch } from './time-boxed-scan';

/** Durable replays the whole history for every batch, so a history holds few of them. */
const batchesPerHistory = 20;
/** Failures in the error message. */
const maxFailures = 20;

/** Where a scan continues. */
export interface BatchInput {
  /** Where the previous batch ended. */
  readonly checkpoint?: string;
}

/** Input of the orchestrator. It starts without progress and continues as new with it. */
export type ScanInput<In> = In &
  BatchInput & {
    /** Failures of previous batches: what failed, and its error code. */
    readonly failed?: readonly string[];
  };

/** Throws at the end if something failed, so that operators learn of it. */
export function* runBatches<In extends object>(
  context: OrchestrationContext,
  step: Step<In & BatchInput, ScanBatch>,
  failure: string,
): Orchestration<void> {
  const input = context.df.getInput<ScanInput<object>>();
  const { failed: before = [], checkpoint: start, ...target } = input;
  let failed = before;
  let checkpoint = start;
  for (let n = 0; n < batchesPerHistory; n++) {
    const next = { ...target, ...(checkpoint !== undefined && { checkpoint }) };
    const batch = yield* runStep(context, step, next as In & BatchInput);
    failed = [...failed, ...(batch.failed ?? [])].slice(0, maxFailures);
    checkpoint = batch.next;
    if (checkpoint !== undefined) continue;
    if (failed.length > 0) throw new Error(`${failure}: ${failed.join(', ')}`);
    return;
  }
  context.df.continueAsNew({ ...target, checkpoint, failed });
}
