/**
 * Actions that an orchestrator schedules, parsed from the numbered actions of the library's
 * protocol.
 */
import type { RetryPolicy } from './history';

export type Action =
  | { kind: 'activity'; name: string; input: string; retry?: RetryPolicy }
  | {
      kind: 'child';
      name: string;
      input: string;
      retry?: RetryPolicy;
      instanceId?: string;
      version?: string;
    }
  | { kind: 'timer'; fireAt: string; isCanceled: boolean }
  | { kind: 'wait'; name: string }
  | { kind: 'continueAsNew'; input: string }
  | { kind: 'unsupported'; what: string };

export interface WireAction {
  readonly actionType: number;
  readonly functionName?: string;
  readonly input?: unknown;
  readonly retryOptions?: RetryPolicy;
  readonly instanceId?: string;
  readonly version?: string;
  readonly fireAt?: string;
  readonly isCanceled?: boolean;
  readonly externalEventName?: string;
  readonly compoundActions?: readonly WireAction[];
}

const unsupported: Record<number, string> = {
  7: 'callEntity',
  8: 'callHttp',
  9: 'signalEntity',
  13: 'lock',
  14: 'unlock',
};

/** Depth first, the order in which the library numbers the actions. */
export function readActions(wire: readonly WireAction[]): Action[] {
  return wire.flatMap((action) =>
    action.compoundActions ? readActions(action.compoundActions) : [readAction(action)],
  );
}

function readAction(wire: WireAction): Action {
  const { actionType, functionName: name = '', input, retryOptions: retry } = wire;
  switch (actionType) {
    case 0:
    case 1:
      return { kind: 'activity', name, input: encoded(input), ...(retry && { retry }) };
    case 2:
    case 3:
      return {
        kind: 'child',
        name,
        input: JSON.stringify(input ?? null),
        ...(retry && { retry }),
        ...(wire.instanceId && { instanceId: wire.instanceId }),
        ...(wire.version && { version: wire.version }),
      };
    case 4:
      return { kind: 'continueAsNew', input: encoded(input) };
    case 5:
      return { kind: 'timer', fireAt: wire.fireAt ?? '', isCanceled: wire.isCanceled ?? false };
    case 6:
      return { kind: 'wait', name: wire.externalEventName ?? '' };
    default:
      return { kind: 'unsupported', what: unsupported[actionType] ?? `action ${actionType}` };
  }
}

/** Inputs of activities and continueAsNew: text is already JSON, other values are not. */
const encoded = (input: unknown) =>
  typeof input === 'string' ? input : JSON.stringify(input ?? null);
