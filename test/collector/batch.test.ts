// The queue of spans: bounded, evidence first, and never in the host's way when the receiver is slow or broken.
import type { SpanContext } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { batchProcessor } from '../../collector/batch.ts';
import type { Exporter } from '../../collector/batch.ts';
import type { EndedSpan } from '../../collector/view.ts';

interface Ended extends Pick<EndedSpan, 'attributes' | 'spanContext'> {
  id: number;
}
const span = (id: number, evidence: boolean, traceFlags = 1): Ended => ({
  id,
  attributes: evidence ? { 'footprint.schema': 1 } : {},
  spanContext: (): SpanContext => ({ traceId: '', spanId: '', traceFlags }),
});

const receiver = (answer: (batch: Ended[], done: (code: number) => void) => void) => {
  const batches: number[][] = [];
  const exporter: Exporter<Ended> = {
    export: (batch, done) => {
      batches.push(batch.map(({ id }) => id));
      answer(batch, (code) => done({ code }));
    },
    shutdown: () => Promise.resolve(),
  };
  return { batches, exporter };
};
const prepare = (ended: Ended): Ended => ended;

describe('the batch processor', () => {
  it('sends what waits in batches, evidence first', async () => {
    const { batches, exporter } = receiver((_batch, done) => done(0));
    const batch = batchProcessor({ exporter, prepare, maxBatchSpans: 3 });
    [span(1, false), span(2, true)].forEach((one) => batch.onEnd(one));
    await batch.forceFlush();
    expect(batches).toEqual([[2, 1]]);
  });

  it('flushes by itself once a batch is full, and after a while', async () => {
    const { batches, exporter } = receiver((_batch, done) => done(0));
    const batch = batchProcessor({ exporter, prepare, maxBatchSpans: 2, delayMs: 20 });
    [1, 2, 3].forEach((id) => batch.onEnd(span(id, true)));
    await expect.poll(() => batches.flat()).toEqual([1, 2, 3]);
  });

  it('drops other spans before evidence and never grows beyond its limit', async () => {
    const { batches, exporter } = receiver((_batch, done) => done(0));
    const batch = batchProcessor({ exporter, prepare, maxQueueSpans: 4, maxBatchSpans: 100 });
    for (let id = 0; id < 3; id += 1) batch.onEnd(span(id, false));
    for (let id = 10; id < 16; id += 1) batch.onEnd(span(id, true));
    batch.onEnd(span(20, false));
    await batch.forceFlush();
    expect(batches).toEqual([[10, 11, 12, 13]]);
  });

  it('leaves out what is not sampled, and what ends after the shutdown', async () => {
    const { batches, exporter } = receiver((_batch, done) => done(0));
    const batch = batchProcessor({ exporter, prepare });
    batch.onEnd(span(1, true, 0));
    batch.onEnd(span(2, true));
    await batch.shutdown();
    batch.onEnd(span(3, true));
    await batch.forceFlush();
    expect(batches).toEqual([[2]]);
  });

  it('goes on where the exporter throws, fails, hangs, or cannot be shut down', async () => {
    let calls = 0;
    const exporter: Exporter<Ended> = {
      export: (_batch, done) => {
        calls += 1;
        if (calls === 1) throw new Error('broken');
        if (calls === 2) done({ code: 1, error: new Error('refused') });
      },
      shutdown: () => Promise.reject(new Error('broken')),
    };
    const batch = batchProcessor({ exporter, prepare, timeoutMs: 30 });
    for (let id = 0; id < 3; id += 1) {
      batch.onEnd(span(id, true));
      await batch.forceFlush();
    }
    await batch.shutdown();
    expect(calls).toBe(3);
  });

  it('flushes once at a time however often it is asked', async () => {
    let open = 0;
    let most = 0;
    const { batches, exporter } = receiver((_batch, done) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        done(0);
      }, 5);
    });
    const batch = batchProcessor({ exporter, prepare, maxBatchSpans: 2 });
    for (let id = 0; id < 6; id += 1) batch.onEnd(span(id, true));
    await Promise.all([batch.forceFlush(), batch.forceFlush(), batch.shutdown()]);
    expect(most).toBe(1);
    expect(batches.flat()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('holds no more than its queue of a million decisions while the exporter blocks', async () => {
    const held: ((code: number) => void)[] = [];
    let blocked = true;
    const { batches, exporter } = receiver((_batch, done) => {
      if (blocked) held.push(done);
      else done(0);
    });
    const batch = batchProcessor({ exporter, prepare });
    for (let id = 0; id < 1_000_000; id += 1) batch.onEnd(span(id, true));
    expect(held).toHaveLength(1);
    blocked = false;
    held.forEach((done) => done(0));
    await batch.forceFlush();
    await batch.forceFlush();
    // What was being sent, and a queue.
    expect(batches.flat()).toHaveLength(512 + 2048);
  });

  it('takes an answer that comes after the time limit for none, once', async () => {
    const late: ((code: number) => void)[] = [];
    const { batches, exporter } = receiver((_batch, done) => late.push(done));
    const batch = batchProcessor({ exporter, prepare, timeoutMs: 10 });
    batch.onEnd(span(1, true));
    await batch.forceFlush();
    late.forEach((done) => done(0));
    batch.onEnd(span(2, true));
    await batch.forceFlush();
    expect(batches).toEqual([[1], [2]]);
  });
});
