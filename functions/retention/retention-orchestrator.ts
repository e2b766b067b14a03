/** Runs one retention task, batch after batch, until no expired data remains. Deterministic. */
import type { OrchestrationContext } from 'durable-functions';
import { runStep, type Orchestration } from '../durable/step';
import type { RetentionInput } from './retention-task';
import { purgeBatch } from './steps';

/** Durable replays the whole history for every batch, so a history holds few of them. */
const batchesPerHistory = 20;
/** Failures in the error message. */
const maxFailures = 20;

/**
 * Data that failed is tried again the next night. The instance fails at the end, so operators
 * notice.
 */
export function* runRetention(context: OrchestrationContext): Orchestration<void> {
  const input = context.df.getInput<RetentionInput>();
  const { task } = input;
  let { checkpoint, failed = [] } = input;
  for (let n = 0; n < batchesPerHistory; n++) {
    const batch = yield* runStep(context, purgeBatch, {
      task,
      ...(checkpoint !== undefined && { checkpoint }),
    });
    failed = [...failed, ...(batch.failed ?? [])].slice(0, maxFailures);
    checkpoint = batch.next;
    if (checkpoint !== undefined) continue;
    if (failed.length > 0) throw new Error(`Some data could not be purged: ${failed.join(', ')}`);
    return;
  }
  context.df.continueAsNew({ task, checkpoint, failed });
}
