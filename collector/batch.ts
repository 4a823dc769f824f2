// Sends spans in batches and never grows: what cannot be sent goes to the spool, or is dropped and counted.
import { context, createContextKey, TraceFlags } from '@opentelemetry/api';
import { guard, report } from './guard.ts';
import { spanQueue } from './queue.ts';
import { field } from './read.ts';
import type { SpanSpool } from './spool-format.ts';
import type { Sent } from './spool.ts';
import type { EndedSpan } from './view.ts';

/** Keeps instrumentations from tracing the export itself (the key that SDKs of both lines use). */
const SUPPRESS = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const EXPORT_FAILED = 1;
/** A receiver that answers so will never take this batch (OTLP 1.11, "Failures"); all else may be mended. */
const NEVER: readonly unknown[] = [400, 413, 415, 422];
/** Spans that an overflowing queue moves to the spool at a time: writing them out takes the host about 2 ms. */
const SPILL_SPANS = 128;
/** With a spool nothing is lost by not waiting: an agent that wants to end does not hang on its receiver. */
const SHUTDOWN_MS = 3000;

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
  spool?: SpanSpool<S> | undefined;
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
  /** Sends what earlier runs left in the spool. */
  resume(): Promise<void>;
  /** Writes all that is not sent to the spool, at once: the process exits. */
  exit: () => void;
}

/** Sends one batch by the exporter; never rejects. */
const sender =
  <S>(exporter: Exporter<S>, timeoutMs: number) =>
  (batch: S[]): Promise<Sent> =>
    new Promise((resolve) => {
      const late = setTimeout(() => {
        report(`an export of ${batch.length} spans took longer than ${timeoutMs} ms`);
        resolve('later');
      }, timeoutMs);
      late.unref();
      const done = (result: { code: number; error?: Error }): void => {
        clearTimeout(late);
        if (result.code !== EXPORT_FAILED) return resolve('done');
        report(`${batch.length} spans could not be sent`, result.error);
        resolve(NEVER.includes(field(result.error, 'code')) ? 'done' : 'later');
      };
      try {
        const quiet = context.active().setValue(SUPPRESS, true);
        context.with(quiet, () => exporter.export(batch, done));
      } catch (error) {
        done({ code: EXPORT_FAILED, error: error instanceof Error ? error : new Error('export') });
      }
    });

/** Resolves with the work, or after `ms`; the timer keeps no process alive. */
const within = (ms: number, work: Promise<void>): Promise<void> => {
  let late: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    late = setTimeout(resolve, ms);
    late.unref();
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(late));
};

/** Takes spans as they end and exports them in batches, one export at a time, evidence first. Never throws. */
export const batchProcessor = <S extends Pick<EndedSpan, 'attributes' | 'spanContext'>>({
  exporter,
  prepare,
  spool,
  maxQueueSpans = 2048,
  maxBatchSpans = 512,
  delayMs = 5000,
  timeoutMs = 30_000,
}: BatchOptions<S>): BatchProcessor<S> => {
  const queue = spanQueue<S>(maxQueueSpans);
  const send = sender(exporter, timeoutMs);
  /** Batches that are being sent or written: at most one of each. */
  const unsaved = new Set<S[]>();
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let resuming: Promise<void> | undefined;
  let spilling = false;
  let stopped = false;

  const take = (count: number): S[] =>
    queue.take(count).flatMap((span) => guard('preparing a span', () => [prepare(span)], []));

  const keep = async (batch: S[]): Promise<void> => {
    if ((await spool?.keep(batch)) !== true) report(`${batch.length} spans were lost`);
  };

  const drain = async (): Promise<void> => {
    queue.tellDropped();
    let away = false;
    // What ends while this drains waits for the next: an exporter slower than its agent must not hold a flush for ever.
    for (let left = queue.size; left > 0; left -= maxBatchSpans) {
      const batch = take(maxBatchSpans);
      if (batch.length === 0) continue;
      unsaved.add(batch);
      // One batch finds out that the receiver is away; the others need not wait as long for the same answer.
      const sent: Sent = away && spool !== undefined ? 'later' : await send(batch);
      away = sent === 'later';
      // An exit in the meantime has written it already.
      if (away && unsaved.has(batch)) await keep(batch);
      unsaved.delete(batch);
    }
    if (!away) void resume();
  };

  const resume = (): Promise<void> => {
    if (spool === undefined || stopped) return Promise.resolve();
    const work = (batch: S[]): Promise<Sent> => (stopped ? Promise.resolve('later') : send(batch));
    resuming ??= spool.drain(work).finally(() => {
      resuming = undefined;
    });
    return resuming;
  };

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    while (sending !== undefined) await sending;
    if (queue.size === 0) return;
    sending = drain().finally(() => {
      sending = undefined;
      if (queue.size > 0) later();
    });
    await sending;
  };

  const later = (): void => {
    if (stopped) return;
    timer ??= setTimeout(() => void flush(), delayMs);
    timer.unref();
  };

  const spill = (): void => {
    // Half of the queue stays free for what comes in one go while this writes.
    if (spool === undefined || spilling || queue.size < maxQueueSpans / 2) return;
    spilling = true;
    const batch = take(SPILL_SPANS);
    unsaved.add(batch);
    void keep(batch).finally(() => {
      unsaved.delete(batch);
      spilling = false;
      spill();
    });
  };

  const exit = (): void => {
    spool?.release();
    const left = [...unsaved, take(maxQueueSpans)].flat();
    unsaved.clear();
    if (left.length > 0 && spool?.keepNow(left) !== true) report(`${left.length} spans were lost`);
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
          spill();
          if (!queue.add(span)) return;
          if (queue.size >= maxBatchSpans && sending === undefined) void flush();
          else later();
        },
        undefined,
      );
    },
    forceFlush: flush,
    async shutdown() {
      if (stopped) return;
      stopped = true;
      const end = async (): Promise<void> => {
        await flush();
        await resuming;
        await exporter.shutdown().catch((error: unknown) => report('an exporter', error));
      };
      await (spool === undefined ? end() : within(SHUTDOWN_MS, end()));
      exit();
    },
    resume,
    exit,
  };
};
