// The queue of spans: bounded, evidence first, and never in the host's way when the receiver is slow or broken.
import type { SpanContext } from '@opentelemetry/api';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../collector/answer.ts';
import { batchProcessor } from '../../collector/batch.ts';
import type { Sender } from '../../collector/send.ts';
import { openSpool } from '../../collector/spool.ts';
import { opened } from '../../collector/spool-format.ts';
import type { EndedSpan } from '../../collector/view.ts';

interface Ended extends Pick<EndedSpan, 'attributes' | 'spanContext'> {
  id: number;
}
const span = (id: number, evidence: boolean, traceFlags = 1): Ended => ({
  id,
  attributes: evidence ? { 'footprint.schema': 1 } : {},
  spanContext: (): SpanContext => ({ traceId: '', spanId: '', traceFlags }),
});
const encode = (spans: Ended[]): Uint8Array =>
  Buffer.from(JSON.stringify(spans.map(({ id }) => id)));
const idsIn = (bytes: Uint8Array): number[] =>
  JSON.parse(Buffer.from(bytes).toString()) as number[];
const prepare = (ended: Ended): Ended => ended;

const DONE: Answer = { sent: 'done' };
const LATER: Answer = { sent: 'later' };

/** A connection that tells what it was given, and answers so. */
const connection = (answer: (done: (answer: Answer) => void) => void) => {
  const batches: number[][] = [];
  const open = new Set<(answer: Answer) => void>();
  const sender: Sender = {
    send: ({ bytes }) =>
      new Promise((resolve) => {
        batches.push(idsIn(bytes));
        open.add(resolve);
        answer(resolve);
      }),
    abort: () => open.forEach((resolve) => resolve(LATER)),
  };
  return { batches, with: { sender, encode, prepare } };
};

describe('the batch processor', () => {
  it('sends what waits in batches, evidence first', async () => {
    const to = connection((done) => done(DONE));
    const batch = batchProcessor({ ...to.with, maxBatchSpans: 3 });
    [span(1, false), span(2, true)].forEach((one) => batch.onEnd(one));
    await batch.forceFlush();
    expect(to.batches).toEqual([[2, 1]]);
  });

  it('flushes by itself once a batch is full, and after a while', async () => {
    const to = connection((done) => done(DONE));
    const batch = batchProcessor({ ...to.with, maxBatchSpans: 2, delayMs: 20 });
    [1, 2, 3].forEach((id) => batch.onEnd(span(id, true)));
    await expect.poll(() => to.batches.flat()).toEqual([1, 2, 3]);
  });

  it('drops other spans before evidence and never grows beyond its limit', async () => {
    const to = connection((done) => done(DONE));
    const batch = batchProcessor({ ...to.with, maxQueueSpans: 4, maxBatchSpans: 100 });
    for (let id = 0; id < 3; id += 1) batch.onEnd(span(id, false));
    for (let id = 10; id < 16; id += 1) batch.onEnd(span(id, true));
    batch.onEnd(span(20, false));
    await batch.forceFlush();
    expect(to.batches).toEqual([[10, 11, 12, 13]]);
  });

  it('leaves out what is not sampled, and what ends after the shutdown', async () => {
    const to = connection((done) => done(DONE));
    const batch = batchProcessor(to.with);
    batch.onEnd(span(1, true, 0));
    batch.onEnd(span(2, true));
    await batch.shutdown();
    batch.onEnd(span(3, true));
    await batch.forceFlush();
    expect(to.batches).toEqual([[2]]);
  });

  it('leaves out what cannot be prepared or written, and sends the rest', async () => {
    const to = connection((done) => done(DONE));
    const batch = batchProcessor({
      ...to.with,
      prepare: (ended: Ended) => {
        if (ended.id === 1) throw new Error('broken');
        return ended;
      },
      encode: (spans: Ended[]) => {
        if (spans.some(({ id }) => id === 4)) throw new Error('broken');
        return encode(spans);
      },
    });
    for (let id = 0; id < 7; id += 1) batch.onEnd(span(id, true));
    await batch.forceFlush();
    expect(to.batches.flat()).toEqual([0, 2, 3, 5, 6]);
  });

  it('flushes once at a time however often it is asked', async () => {
    let open = 0;
    let most = 0;
    const to = connection((done) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        done(DONE);
      }, 5);
    });
    const batch = batchProcessor({ ...to.with, maxBatchSpans: 2 });
    for (let id = 0; id < 6; id += 1) batch.onEnd(span(id, true));
    await Promise.all([batch.forceFlush(), batch.forceFlush(), batch.shutdown()]);
    expect(most).toBe(1);
    expect(to.batches.flat()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('holds no more than its queue of a million decisions while the receiver hangs', async () => {
    const held: ((answer: Answer) => void)[] = [];
    let blocked = true;
    const to = connection((done) => {
      if (blocked) held.push(done);
      else done(DONE);
    });
    const batch = batchProcessor(to.with);
    for (let id = 0; id < 1_000_000; id += 1) batch.onEnd(span(id, true));
    expect(held).toHaveLength(1);
    blocked = false;
    held.forEach((done) => done(DONE));
    await batch.forceFlush();
    // What was being sent, and a queue.
    expect(to.batches.flat()).toHaveLength(512 + 2048);
  });

  it('waits for no answer longer than a second or two, and takes one that comes later', async () => {
    const held: ((answer: Answer) => void)[] = [];
    const to = connection((done) => held.push(done));
    const batch = batchProcessor(to.with);
    batch.onEnd(span(1, true));
    const began = performance.now();
    await batch.forceFlush();
    const first = performance.now() - began;
    // The same answer is not waited for a second time.
    await batch.forceFlush();
    expect(first).toBeLessThan(2000);
    expect(performance.now() - began - first).toBeLessThan(500);
    held.forEach((done) => done(DONE));
    batch.onEnd(span(2, true));
    void batch.forceFlush();
    await expect.poll(() => to.batches).toEqual([[1], [2]]);
  });

  it('without a spool holds a batch that was not taken, and sends it first when it is time', async () => {
    let away = true;
    const to = connection((done) => done(away ? { sent: 'later', waitMs: 60 } : DONE));
    const batch = batchProcessor({ ...to.with, maxBatchSpans: 2 });
    [1, 2, 3].forEach((id) => batch.onEnd(span(id, true)));
    await batch.forceFlush();
    await batch.forceFlush();
    expect(to.batches).toEqual([[1, 2]]);
    away = false;
    await expect.poll(() => to.batches).toEqual([[1, 2], [1, 2], [3]]);
  });

  it('asks once more as it ends, unless the receiver asked to be left alone', async () => {
    const asked = async (answer: Answer): Promise<number> => {
      const to = connection((done) => done(answer));
      const batch = batchProcessor(to.with);
      batch.onEnd(span(1, true));
      await batch.forceFlush();
      await batch.end();
      await batch.end();
      return to.batches.length;
    };
    expect([await asked(LATER), await asked({ ...LATER, waitMs: 9000 })]).toEqual([2, 1]);
  });

  it('ends soon, and leaves in the spool all that was not taken', async () => {
    const root = await mkdtemp(join(tmpdir(), 'footprint-batch-'));
    const to = connection(() => undefined);
    const batch = batchProcessor({
      ...to.with,
      spool: openSpool(root, ['here']),
      maxBatchSpans: 2,
    });
    for (let id = 0; id < 5; id += 1) batch.onEnd(span(id, true));
    const began = performance.now();
    await batch.shutdown();
    expect(performance.now() - began).toBeLessThan(1800);
    const kept: number[] = [];
    await openSpool(root, ['here']).drain((text) => {
      kept.push(...idsIn(opened(text)?.bytes ?? Buffer.from('[]')));
      return Promise.resolve('done');
    });
    expect([to.batches, kept.sort()]).toEqual([[[0, 1]], [0, 1, 2, 3, 4]]);
    await rm(root, { recursive: true });
  });
});
