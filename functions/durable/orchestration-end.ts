/** Recognizes from an invocation of an orchestrator that its orchestration has ended. */
import { z } from 'zod';

export interface OrchestrationEnd {
  readonly tenantId: string;
  readonly instanceId: string;
  readonly status: 'Completed' | 'Failed';
}

/** What the trigger of an orchestrator receives. Children have a parent and are not reported. */
const triggerInput = z.object({
  instanceId: z.string(),
  history: z.array(z.unknown()),
  parentInstanceId: z.null().optional(),
  input: z.preprocess(parseText, z.object({ tenantId: z.string() })),
});

const action = z.object({ actionType: z.number() });
const orchestratorState = z.object({
  isDone: z.literal(true),
  actions: z.array(z.array(z.unknown())).default([]),
});
const continueAsNew = 4;
/** The library ends the message of an orchestration that failed with its state. */
const failedMarker = '$OutOfProcData$';

/** Undefined for any other function, for a child, and while the orchestration is active. */
export function orchestrationEndOf(
  input: unknown,
  result: unknown,
  error: unknown,
): OrchestrationEnd | undefined {
  const trigger = triggerInput.safeParse(input);
  if (!trigger.success) return undefined;
  const { instanceId, input: orchestrated } = trigger.data;
  const end = { tenantId: orchestrated.tenantId, instanceId };
  if (error instanceof Error)
    return error.message.includes(failedMarker) ? { ...end, status: 'Failed' } : undefined;
  const state = orchestratorState.safeParse(result);
  return state.success && !isContinuedAsNew(state.data.actions)
    ? { ...end, status: 'Completed' }
    : undefined;
}

const isContinuedAsNew = (actions: readonly (readonly unknown[])[]): boolean =>
  actions.flat().some((one) => action.safeParse(one).data?.actionType === continueAsNew);

/** Inputs that are texts arrive as JSON. */
function parseText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
