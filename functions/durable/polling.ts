/** Waits of an orchestration for a state that a step reads. Waiting is no failure. */
import type { OrchestrationContext } from 'durable-functions';
import { runStep, type Orchestration, type Step } from './step';
import { sleepFor } from './timers';

const firstPauseSeconds = 1;
const maxPauseSeconds = 30;

/**
 * Repeats a step until it returns true, with growing pauses. Throws after `maxPolls`, with a text for
 * operators.
 */
export function* pollUntil<In>(
  context: OrchestrationContext,
  step: Step<In, boolean>,
  input: In,
  maxPolls: number,
): Orchestration<void> {
  let pauseSeconds = firstPauseSeconds;
  for (let poll = 1; !(yield* runStep(context, step, input)); poll++) {
    if (poll === maxPolls) throw new Error(`${step.name} was not done after ${poll} polls.`);
    yield* sleepFor(context, pauseSeconds);
    pauseSeconds = Math.min(2 * pauseSeconds, maxPauseSeconds);
  }
}
