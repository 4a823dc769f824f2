// Sends spans in batches and never grows: what cannot be sent goes to the spool, or is dropped and counted.
import { TraceFlags } from '@opentelemetry/api';
import { backlogOf } from './backlog.ts';
import type { Body, Encode } from './bodies.ts';
import { bodiesOf } from './bodies.ts';
import { guard } from './guard.ts';
import { receiverOf } from './pace.ts';
import { spanQueue } from './queue.ts';
import type { Sender } from './send.ts';
import type { Spool } from './spool.ts';
import type { EndedSpan } from './view.ts';
import { patiently, within } from './wait.ts';

/** Spans that an overflowing queue moves to the spool at a time: writing them out takes the host about 2 ms. */
const SPILL_SPANS = 256;
/** How long an agent that flushes or ends waits for its receiver. A far one takes half of it for a first request. */
const END_MS = 1000;
/** The same where what is not taken is lost. */
const END_UNKEPT_MS = 1500;
/** The same where the receiver failed when it was last asked. */
const END_AWAY_MS = 250;
/** Without a spool a body is tried so often, over half a minute, before those behind it have their turn. */
const MAX_TRIES = 6;

/** Limits of the queue; the defaults are those of OTEL_BSP_* in the specification. */
export interface BatchOptions<S> {
  sender: Sender;
  /** Writes spans as one request. */
  encode: Encode<S>;
  /** What of a span leaves the process. */
  prepare: (span: S) => S;
  spool?: Spool | undefined;
  /** Spans waiting at most; with more, other spans are dropped before evidence is. */
  maxQueueSpans?: number;
  maxBatchSpans?: number;
  delayMs?: number;
}

/** A span processor that sends. No call throws or rejects. */
export interface BatchProcessor<S> {
  onStart(): void;
  onEnd(span: S): void;
  /** Sends what waits, and waits while the receiver answers; what it does not answer in time goes on by itself. */
  forceFlush(): Promise<void>;
  /** The agent has nothing more to do: one short attempt, then what was not taken goes to the spool. */
  end: () => Promise<void>;
  /** The same for good. */
  shutdown(): Promise<void>;
  /** Sends what earlier runs left in the spool. */
  resume(): Promise<void>;
  /** Writes all that was not taken to the spool, at once: the process exits. */
  exit: () => void;
}

/** Takes spans as they end and sends them in batches, one request at a time, evidence first. */
export const batchProcessor = <S extends Pick<EndedSpan, 'attributes' | 'spanContext'>>({
  sender,
  encode,
  prepare,
  spool,
  maxQueueSpans = 2048,
  maxBatchSpans = 512,
  delayMs = 5000,
}: BatchOptions<S>): BatchProcessor<S> => {
  const queue = spanQueue<S>(maxQueueSpans);
  const receiver = receiverOf(sender, () => void send().then(resume));
  const backlog = backlogOf(spool, receiver.ask);
  const endMs = spool === undefined ? END_UNKEPT_MS : END_MS;
  /** One batch: its first body is being sent, or waits to be tried again where there is no spool. */
  let bodies: Body[] = [];
  let tries = 0;
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let spilling: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;

  const take = (count: number): Body[] =>
    bodiesOf(
      queue.take(count).flatMap((span) => guard('preparing a span', () => [prepare(span)], [])),
      encode,
    );

  /** Nothing is to be sent now, nor is there anywhere else to put it. */
  const holding = (): boolean => spool === undefined && receiver.wait() > 0;

  const resume = (): Promise<void> => (receiver.wait() > 0 ? Promise.resolve() : backlog.resume());

  /** Sends what is queued. One body finds out that the receiver is away; the others do not wait for the same answer. */
  const drain = async (): Promise<void> => {
    queue.tellDropped();
    // What ends while this drains waits for the next: a receiver slower than its agent must not hold a flush for ever.
    let count = queue.size;
    while (!holding() && (bodies.length > 0 || count > 0)) {
      const [body] = bodies;
      if (body === undefined) {
        bodies = take(maxBatchSpans);
        count -= maxBatchSpans;
        continue;
      }
      const taken = receiver.wait() === 0 && (await receiver.ask(body)) === 'done';
      // An exit in the meantime has written it already.
      if (bodies[0] !== body) continue;
      tries += 1;
      if (!taken && spool === undefined && tries < MAX_TRIES) return;
      bodies.shift();
      tries = 0;
      if (!taken) await backlog.keep(body);
    }
    if (!receiver.away) void resume();
  };

  const send = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    sending ??= drain().finally(() => {
      sending = undefined;
      if (queue.size > 0) later();
    });
    return sending;
  };

  const later = (): void => {
    if (stopping !== undefined) return;
    timer ??= setTimeout(() => void send(), delayMs);
    timer.unref();
  };

  const spill = (): void => {
    // Half of the queue stays free for what comes in one go while this writes.
    if (spool === undefined || spilling !== undefined || queue.size < maxQueueSpans / 2) return;
    spilling = Promise.all(take(SPILL_SPANS).map(backlog.keep)).then(() => {
      spilling = undefined;
      spill();
    });
  };

  const flush = async (): Promise<void> => {
    // What is being sent was taken before what waits now.
    while (sending !== undefined) await sending;
    if (queue.size > 0 || bodies.length > 0) await send();
  };

  const exit = (): void => {
    queue.tellDropped();
    const rest = [...bodies, ...take(maxQueueSpans)];
    bodies = [];
    backlog.close(rest);
  };

  const end = async (): Promise<void> => {
    // The last chance of what no spool keeps is worth a request, unless the receiver asked for none.
    if (spool === undefined) receiver.hurry();
    const waited = sending === undefined ? 0 : performance.now() - receiver.askedAt;
    const work = async (): Promise<void> => {
      await flush();
      await spilling;
      if (!receiver.away) await resume();
    };
    await within(Math.max(END_AWAY_MS, receiver.away ? 0 : endMs - waited), work());
    receiver.abort();
    exit();
  };

  return {
    onStart() {
      // Nothing is known of a span before it ends.
    },
    onEnd(span) {
      guard(
        'queueing a span',
        () => {
          if (stopping !== undefined) return;
          if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
          spill();
          if (!queue.add(span)) return;
          if (queue.size >= maxBatchSpans && sending === undefined && !holding()) void send();
          else later();
        },
        undefined,
      );
    },
    forceFlush() {
      const began = sending === undefined ? performance.now() : 0;
      return patiently(endMs, flush(), () => Math.max(began, receiver.askedAt));
    },
    end,
    async shutdown() {
      receiver.stop();
      stopping ??= end();
      await stopping;
    },
    resume,
    exit,
  };
};
