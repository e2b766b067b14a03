/**
 * Interface between the Functions host and the Durable runtime: the host invokes functions and
 * serves HTTP, the runtime decides when an orchestrator or activity runs.
 */
import type { Delivery } from './delivery';
import type { Versioning } from './versioning';

/** A value in the worker protocol. */
export type TypedData =
  | { readonly string: string }
  | { readonly json: string }
  | { readonly bytes: Uint8Array }
  | { readonly int: number }
  | { readonly double: number };

/**
 * Invokes a registered function. Rejects with the error that the function threw. Without a trace
 * parent (W3C Trace Context) the invocation begins a trace.
 */
export type Invoke = (
  functionName: string,
  trigger: TypedData,
  traceParent?: string,
) => Promise<TypedData | undefined>;

export interface DurableOptions extends Versioning, Delivery {
  readonly invoke: Invoke;
  /** Names of functions with an orchestrationTrigger, activityTrigger and entityTrigger. */
  readonly orchestrators: readonly string[];
  readonly activities: readonly string[];
  readonly entities: readonly string[];
  /** Connection string of AzureWebJobsStorage. */
  readonly storage: string;
  /** From extensions.durableTask in host.json. */
  readonly hubName: string;
  readonly maxConcurrentActivityFunctions: number;
  readonly maxConcurrentOrchestratorFunctions: number;
  /** Whether steps and children belong to the trace of their orchestration. */
  readonly distributedTracing?: boolean;
  readonly log: (line: string) => void;
}

export interface ManagementRequest {
  readonly method: string;
  /** Path below /runtime/webhooks/durabletask, with a leading slash, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface ManagementResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

export interface DurableRuntime {
  /** Handles a request to the HTTP management API. */
  handle(request: ManagementRequest): Promise<ManagementResponse>;
  /** Re-arms all timers after the process clock has been moved. */
  clockMoved(): void;
  /** Accepts no new work and resolves when running episodes and activities are stored. */
  stop(): Promise<void>;
}
