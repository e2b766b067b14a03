/**
 * The line between the Functions host and the Durable runtime: the host invokes functions and serves HTTP, the
 * runtime decides when an orchestrator or a step runs. The next major of the library replaces what is behind it.
 */

/** A value as the worker protocol carries it. */
export type TypedData =
  | { readonly string: string }
  | { readonly json: string }
  | { readonly bytes: Uint8Array }
  | { readonly int: number }
  | { readonly double: number };

/** Runs a registered function once. Rejects with what the function threw. */
export type Invoke = (functionName: string, trigger: TypedData) => Promise<TypedData | undefined>;

export interface DurableOptions {
  readonly invoke: Invoke;
  /** Names registered with an orchestrationTrigger, an activityTrigger, an entityTrigger. */
  readonly orchestrators: readonly string[];
  readonly activities: readonly string[];
  readonly entities: readonly string[];
  /** AzureWebJobsStorage: a connection string. */
  readonly storage: string;
  /** host.json, extensions.durableTask. */
  readonly hubName: string;
  readonly maxConcurrentActivityFunctions: number;
  readonly maxConcurrentOrchestratorFunctions: number;
  readonly log: (line: string) => void;
}

export interface ManagementRequest {
  readonly method: string;
  /** Below /runtime/webhooks/durabletask, beginning with a slash, still escaped. */
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
  /** The HTTP management API of the extension. */
  handle(request: ManagementRequest): Promise<ManagementResponse>;
  /** The process clock has been moved: timers are armed again. */
  clockMoved(): void;
  /** Takes no new work, waits for running turns and steps to be committed, closes. */
  stop(): Promise<void>;
}
