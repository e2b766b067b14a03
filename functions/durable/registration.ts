/**
 * Registers timers and orchestrators. Each failure that an operator must learn of is one line of the
 * log: `timer.failed` or `orchestration.failed` here, `step.failed` in step.ts.
 */
import { app, type InvocationContext } from '@azure/functions';
import { app as durable, type OrchestrationContext } from 'durable-functions';
import type { Lazy } from '../concurrency/lazy';
import { failureLine } from '../errors/log-failure';
import { durableClientInput } from './durable-client';
import { orchestrationEndOf, type OrchestrationEnd } from './orchestration-end';
import type { Orchestration } from './step';

/**
 * Registers a timer. `run` throws if it could not do its work: the run then counts as failed, and the
 * next one makes up for it.
 */
export function registerTimer<S>(
  services: Lazy<S>,
  name: string,
  schedule: string,
  run: (services: S, context: InvocationContext) => Promise<void>,
): void {
  app.timer(name, {
    schedule,
    extraInputs: [durableClientInput],
    handler: async (_timer, context) => {
      try {
        await run(services(), context);
      } catch (error) {
        context.error(failureLine('timer.failed', error, { timer: name }));
        throw error;
      }
    },
  });
}

/** Registers an orchestrator. An instance that fails is reported once, not at every replay. */
export function registerOrchestrator<Out>(
  name: string,
  orchestrator: (context: OrchestrationContext) => Orchestration<Out>,
): void {
  durable.orchestration(name, reportsFailure(name, orchestrator));
}

/** Exported for tests, which replay the orchestrator as it is registered. */
export const reportsFailure = <Out>(
  name: string,
  orchestrator: (context: OrchestrationContext) => Orchestration<Out>,
) =>
  function* reporting(context: OrchestrationContext): Orchestration<Out> {
    try {
      return yield* orchestrator(context);
    } catch (error) {
      const { instanceId, isReplaying } = context.df;
      if (!isReplaying)
        context.error(
          failureLine('orchestration.failed', error, { orchestrator: name, instanceId }),
        );
      throw error;
    }
  };

/**
 * Reports each orchestration of a tenant that ends. An orchestrator itself may do no I/O. An
 * orchestration that is terminated, or whose host dies, is not reported.
 */
export function reportOrchestrationEnds(report: (end: OrchestrationEnd) => Promise<void>): void {
  app.hook.postInvocation(async ({ inputs, result, error }) => {
    const end = orchestrationEndOf(inputs[0], result, error);
    if (end) await report(end);
  });
}
