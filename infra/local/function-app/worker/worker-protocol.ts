/**
 * What crosses between the host and the unmodified @azure/functions inside the bundle, spelled as the worker
 * protocol spells it. Only what this host uses is named.
 */
import type { TypedData } from '../durable/durable-runtime';

export type LogLevel =
  'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

export interface Binding {
  readonly type: string;
  readonly direction: string;
  /** Of an httpTrigger. */
  readonly route?: string;
  readonly methods?: readonly string[];
  readonly authLevel?: 'anonymous' | 'function' | 'admin';
  /** Of a timerTrigger. */
  readonly schedule?: string;
  readonly runOnStartup?: boolean;
  readonly useMonitor?: boolean;
}

export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: unknown;
}

export type FunctionHandler = (...inputs: unknown[]) => unknown;

export interface Nullable<Value> {
  readonly value: Value;
}
export type NullableMap = Readonly<Record<string, Nullable<string>>>;

export interface HttpInput {
  readonly method: string;
  readonly url: string;
  readonly nullableHeaders: NullableMap;
  readonly nullableQuery: NullableMap;
  readonly nullableParams: NullableMap;
  readonly body?: { readonly bytes: Uint8Array };
}

export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path?: Nullable<string>;
  readonly domain?: Nullable<string>;
  readonly secure?: Nullable<boolean>;
  readonly httpOnly?: Nullable<boolean>;
  readonly expires?: Nullable<{ readonly seconds: number }>;
  readonly maxAge?: Nullable<number>;
  /** `explicitNone` is the attribute None; `none` is no attribute. */
  readonly sameSite?: 'lax' | 'strict' | 'explicitNone' | 'none';
}

export interface HttpOutput {
  readonly statusCode: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly Cookie[];
  readonly body?: { readonly bytes: Uint8Array } | null;
}

export type Input = TypedData | { readonly http: HttpInput };
export type Output = TypedData | { readonly http: HttpOutput };

export interface InvocationRequest {
  readonly invocationId: string;
  readonly inputData: readonly { readonly name: string; readonly data: Input }[];
  readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  readonly traceContext: {
    readonly traceParent: string;
    readonly traceState: string;
    readonly attributes: Readonly<Record<string, string>>;
  };
}

export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly metadata: FunctionMetadata;
  readonly request: InvocationRequest;
  readonly log: (level: LogLevel, category: string, message: string) => void;
  /** Logs after the function has returned are late, except those of hooks. */
  state?: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks';
}

/** Made anew for each invocation by the programming model that the bundle brings. */
export interface InvocationModel {
  getArguments(): Promise<{ readonly context: object; readonly inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], handler: FunctionHandler): Promise<unknown>;
  getResponse(
    context: object,
    result: unknown,
  ): Promise<{ readonly returnValue?: Output | null | undefined }>;
}

export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
  getCapabilities(offered: object): Promise<Readonly<Record<string, unknown>>>;
}
