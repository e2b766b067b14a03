/**
 * Exports spans by OTLP over HTTP, to a collector or any service that speaks it. Loaded only if its
 * address is set. The exporter reads OTEL_EXPORTER_OTLP_HEADERS by itself, retries by Retry-After, and
 * drops spans rather than to delay the app. Every span is exported: the host leaves `sampled` unset in
 * the trace parents that it passes on, so a sampler that follows them would drop all requests and steps.
 */
import { context, propagation, trace, type TextMapPropagator } from '@opentelemetry/api';

export interface SpanExport {
  /** Sends what is left, for at most a few seconds. */
  stop(): Promise<void>;
}

/** Spans of each worker wait in its memory for this time at most. */
const delayMs = 2_000;
const timeoutMs = 10_000;

/** `url` is the address of the collector without `/v1/traces`; `instance` names this worker. */
export async function startSpanExport(url: string, instance: string): Promise<SpanExport> {
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const { AlwaysOnSampler, BasicTracerProvider, BatchSpanProcessor } =
    await import('@opentelemetry/sdk-trace-base');
  const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces`, timeoutMillis: timeoutMs });
  const processor = new BatchSpanProcessor(exporter, {
    scheduledDelayMillis: delayMs,
    exportTimeoutMillis: timeoutMs,
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'adf-connect',
      'service.instance.id': instance,
    }),
    sampler: new AlwaysOnSampler(),
    spanProcessors: [processor],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(traceParentPropagator);
  trace.setGlobalTracerProvider(provider);
  return { stop: () => provider.shutdown().catch(() => undefined) };
}

/** The Durable client sends the trace (W3C Trace Context) when it starts an orchestration. */
const traceParentPropagator: TextMapPropagator = {
  fields: () => ['traceparent'],
  inject(active, carrier, setter) {
    const span = trace.getSpanContext(active);
    if (!span) return;
    const flags = span.traceFlags.toString(16).padStart(2, '0');
    setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-${flags}`);
  },
  // Parents come with the invocation.
  extract: (active) => active,
};
