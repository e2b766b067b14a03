/** A span and a line of the log for each attempt of a step. */
import type { InvocationContext } from '@azure/functions';
import { z } from 'zod';
import { AppError } from '../errors/app-error';
import { logLine } from '../telemetry/log-line';
import { inSpan } from '../telemetry/span';

/** What inputs of steps have in common, so that lines and spans can be searched by it. */
const commonInput = z.object({
  connectorId: z.string().optional(),
  syncRunId: z.string().optional(),
  kind: z.string().optional(),
});
const trigger = z.object({ instanceId: z.string().optional() });

type Context = Pick<InvocationContext, 'traceContext' | 'triggerMetadata' | 'info'>;

export async function observed<T>(
  step: string,
  input: unknown,
  context: Context,
  perform: () => Promise<T>,
): Promise<T> {
  const { connectorId, syncRunId, kind: phase } = commonInput.safeParse(input).data ?? {};
  const { instanceId } = trigger.safeParse(context.triggerMetadata).data ?? {};
  const attributes = {
    'adf_connect.step': step,
    ...(connectorId !== undefined && { 'adf_connect.connector_id': connectorId }),
    ...(syncRunId !== undefined && { 'adf_connect.sync_run_id': syncRunId }),
    ...(phase !== undefined && { 'adf_connect.phase': phase }),
  };
  const began = performance.now();
  const finish = (outcome: 'succeeded' | 'failed' | 'refused') => {
    const durationMs = Math.round(performance.now() - began);
    const ids = { connectorId, syncRunId, instanceId, phase };
    context.info(logLine('step.finished', { step, ...ids, durationMs, outcome }));
  };
  // The parent is the orchestration: Durable passes its trace on to its steps.
  const { traceParent } = context.traceContext ?? {};
  try {
    const result = await inSpan(`step ${step}`, { attributes, traceParent }, perform);
    finish('succeeded');
    return result;
  } catch (error) {
    finish(error instanceof AppError && !error.retryable ? 'refused' : 'failed');
    throw error;
  }
}
