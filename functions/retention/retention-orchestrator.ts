/** Forgets one part of what is old, stretch after stretch, until nothing old is left. Deterministic. */
import type { OrchestrationContext } from 'durable-functions';
import { run, type Orchestration } from '../durable/step';
import type { RetentionInput } from './retention-task';
import { purgeBatch } from './steps';

/** A history is read again from its beginning with every stretch. */
const stretchesPerHistory = 20;
/** As many as a person wants to read. */
const mostFailures = 20;

/** What failed is left for the next day; the instance fails in the end, so that somebody hears of it. */
export function* runRetention(context: OrchestrationContext): Orchestration<void> {
  const input = context.df.getInput<RetentionInput>();
  const { part } = input;
  let { from, failed = [] } = input;
  for (let n = 0; n < stretchesPerHistory; n++) {
    const stretch = yield* run(context, purgeBatch, {
      part,
      ...(from !== undefined && { from }),
    });
    failed = [...failed, ...(stretch.failed ?? [])].slice(0, mostFailures);
    from = stretch.next;
    if (from !== undefined) continue;
    if (failed.length > 0)
      throw new Error(`Not everything could be forgotten. ${failed.join(', ')}`);
    return;
  }
  context.df.continueAsNew({ part, from, failed });
}
