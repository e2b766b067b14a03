/**
 * Spans of OpenTelemetry around what takes time. Without a provider they cost nothing and are dropped.
 * Attributes are names, ids, statuses and counts: no URL with a query, no body, no message of an error.
 */
import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
} from '@opentelemetry/api';

const tracer = trace.getTracer('adf-connect');

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
} as const;

export interface SpanOptions {
  /** Default: `internal`. */
  readonly kind?: keyof typeof kinds;
  readonly attributes?: Attributes;
  /**
   * W3C trace parent of the invocation, which joins the steps of an orchestration. Default: the span
   * that is active.
   */
  readonly traceParent?: string | undefined;
}

/** Adds attributes that are known only during the work. */
export type NoteAttributes = (attributes: Attributes) => void;

/** Runs the work in a span, which ends with it. A failure marks the span and is rethrown. */
export function inSpan<T>(
  name: string,
  { kind = 'internal', attributes = {}, traceParent }: SpanOptions,
  work: (note: NoteAttributes) => Promise<T>,
): Promise<T> {
  const options = { kind: kinds[kind], attributes };
  return tracer.startActiveSpan(name, options, parentOf(traceParent), async (span) => {
    try {
      return await work((more) => void span.setAttributes(more));
    } catch (error) {
      span.setAttribute('error.type', typeOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The code of an own error, else the class. */
function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

/** W3C Trace Context section 3.2. */
const traceParentForm = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

function parentOf(traceParent: string | undefined): Context {
  const [, traceId, spanId, flags] = traceParentForm.exec(traceParent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return context.active();
  const traceFlags = Number.parseInt(flags ?? '00', 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
