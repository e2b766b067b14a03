/**
 * Types of the worker protocol between the host and the unmodified @azure/functions in the bundle.
 * Only the parts that this host uses.
 */
import type { TypedData } from '../durable/durable-runtime';

export type LogLevel =
  'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

export interface Binding {
  readonly type: string;
  readonly direction: string;
  /** httpTrigger only. */
  readonly route?: string;
  readonly methods?: readonly string[];
  readonly authLevel?: 'anonymous' | 'function' | 'admin';
  /** timerTrigger only. */
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
  /** `explicitNone` sets the attribute to None; `none` omits it. */
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
  /** The library warns about log lines after the invocation, except in hooks. */
  state?: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks';
}

/** Created by the bundle's programming model for each invocation. */
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
