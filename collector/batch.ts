// Sends spans in batches and never grows: a bounded queue in which evidence is kept before everything else.
import { context, createContextKey, TraceFlags } from '@opentelemetry/api';
import type { Attributes, SpanContext } from '@opentelemetry/api';
import { guard, report } from './guard.ts';
import { isEvidence } from './producer.ts';

/** Keeps instrumentations from tracing the export itself (the key that SDKs of both lines use). */
const SUPPRESS = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const EXPORT_FAILED = 1;

/** What is read of a span that has ended. */
export interface EndedSpan {
  readonly attributes: Attributes;
  spanContext(): SpanContext;
}

/** What is asked of an exporter; those of both SDK lines answer it. */
export interface Exporter<S> {
  export(spans: S[], done: (result: { code: number; error?: Error }) => void): void;
  shutdown(): Promise<void>;
}

/** Limits of the queue; the defaults are those of OTEL_BSP_* in the specification. */
export interface BatchOptions<S> {
  exporter: Exporter<S>;
  /** What of a span leaves the process. */
  prepare: (span: S) => S;
  /** Spans waiting at most; with more, other spans are dropped before evidence is. */
  maxQueueSpans?: number;
  maxBatchSpans?: number;
  delayMs?: number;
  /** How long one export may take before the next is tried. */
  timeoutMs?: number;
}

/** A span processor that exports. */
export interface BatchProcessor<S> {
  onStart(): void;
  onEnd(span: S): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Takes spans as they end and exports them in batches, one export at a time, evidence first. Never throws. */
export const batchProcessor = <S extends EndedSpan>({
  exporter,
  prepare,
  maxQueueSpans = 2048,
  maxBatchSpans = 512,
  delayMs = 5000,
  timeoutMs = 30_000,
}: BatchOptions<S>): BatchProcessor<S> => {
  const evidence: S[] = [];
  const others: S[] = [];
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let dropped = 0;
  let stopped = false;

  const waiting = (): number => evidence.length + others.length;

  const take = (): S[] => {
    const batch = evidence.splice(0, maxBatchSpans);
    return batch.concat(others.splice(0, maxBatchSpans - batch.length));
  };

  const send = (batch: S[]): Promise<void> =>
    new Promise((resolve) => {
      const late = setTimeout(() => {
        report(`an export of ${batch.length} spans took longer than ${timeoutMs} ms`);
        resolve();
      }, timeoutMs);
      late.unref();
      const done = (result: { code: number; error?: Error }): void => {
        clearTimeout(late);
        if (result.code === EXPORT_FAILED) {
          report(`${batch.length} spans could not be sent`, result.error);
        }
        resolve();
      };
      try {
        const quiet = context.active().setValue(SUPPRESS, true);
        context.with(quiet, () => exporter.export(batch.map(prepare), done));
      } catch (error) {
        done({ code: EXPORT_FAILED, error: error instanceof Error ? error : new Error('export') });
      }
    });

  const drain = async (): Promise<void> => {
    if (dropped > 0)
      report(`${dropped} spans were dropped: the queue of ${maxQueueSpans} was full`);
    dropped = 0;
    // What ends while this drains waits for the next: an exporter slower than its agent must not hold a flush for ever.
    for (let left = waiting(); left > 0; left -= maxBatchSpans) {
      const batch = take();
      if (batch.length > 0) await send(batch);
    }
  };

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    while (sending !== undefined) await sending;
    if (waiting() === 0) return;
    sending = drain().finally(() => {
      sending = undefined;
      if (waiting() > 0) later();
    });
    await sending;
  };

  const later = (): void => {
    timer ??= setTimeout(() => void flush(), delayMs);
    timer.unref();
  };

  const admit = (span: S): boolean => {
    const relevant = isEvidence(span.attributes);
    if (waiting() >= maxQueueSpans) {
      dropped += 1;
      if (!relevant || others.length === 0) return false;
      others.shift();
    }
    (relevant ? evidence : others).push(span);
    return true;
  };

  return {
    onStart() {
      // Nothing is known of a span before it ends.
    },
    onEnd(span) {
      guard(
        'queueing a span',
        () => {
          if (stopped || (span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
          if (!admit(span)) return;
          if (waiting() >= maxBatchSpans && sending === undefined) void flush();
          else later();
        },
        undefined,
      );
    },
    forceFlush: flush,
    async shutdown() {
      if (stopped) return;
      stopped = true;
      await flush();
      await exporter.shutdown().catch((error: unknown) => report('an exporter', error));
    },
  };
};
