// Records the collector's spans with the real SDK of line 3, in memory.
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Sampler } from '@opentelemetry/sdk-trace';

export interface Recorder {
  provider: TracerProvider;
  /** Spans that ended since the last call, in order of their end. */
  take(): ReadableSpan[];
  /** Takes the SDK off the API again. */
  stop(): Promise<void>;
}

/** Registers a provider with these processors before the recording one. */
export const startRecorder = (processors: SpanProcessor[] = [], sampler?: Sampler): Recorder => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    spanProcessors: [...processors, new SimpleSpanProcessor({ exporter })],
    ...(sampler === undefined ? {} : { sampler }),
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return {
    provider,
    take: () => {
      const spans = [...exporter.getFinishedSpans()];
      exporter.reset();
      return spans;
    },
    stop: async () => {
      trace.disable();
      context.disable();
      await provider.shutdown();
    },
  };
};

/** The attributes of a span without those of every run: producer, sequence and schema. */
export const told = (span: ReadableSpan | undefined): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(span?.attributes ?? {}).filter(
      ([key]) => !key.startsWith('footprint.producer.') && key !== 'footprint.schema',
    ),
  );
