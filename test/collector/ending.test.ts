// Agents that just end while their receiver is away: how long they outlive their work, and what becomes of it.
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Ran } from './agent.ts';
import { runAgent } from './agent.ts';
import type { Manner, Receiver } from './receiver.ts';
import { startReceiver } from './receiver.ts';

/** An agent waits for a second, one without a spool for half a second more; the rest is what a busy machine adds. */
const END_MS = 2500;
/** The work itself takes a sixth of a second, and waits for nobody. */
const WORK_MS = 1000;
const SECRET = 'hunter2-is-no-good-password';
const ROUNDS = 3;
/** A task's own span, and a decision and a use each round. */
const SPANS = 1 + 2 * ROUNDS;

/** Works, says what came of it and when it was done, and ends so. */
const script = (end: string): string => `
  const t = start({ agent: 'desk' });
  const began = performance.now();
  let sum = 0;
  await task({}, async () => {
    for (let i = 0; i < ${ROUNDS}; i += 1) {
      const decision = authorize({ permission: 'tool:a', resource: { type: 'x', id: 'password=${SECRET}' } }, () => true);
      sum += await tool({ name: 'a', decision }, () => new Promise((done) => setTimeout(done, 50, i)));
    }
  });
  console.log(JSON.stringify({ sum, ms: performance.now() - began, done_at: Date.now() }));
  ${end}`;

interface Way {
  end: string;
  /** Milliseconds after which a batch is sent while the agent works; else none is before it ends. */
  delay?: string;
  spool: boolean;
}
const WAYS: readonly Way[] = [
  { end: '', spool: true },
  { end: 'await t.shutdown();', spool: true },
  { end: 'await t.flush();', delay: '20', spool: true },
  { end: '', delay: '20', spool: false },
  { end: 'await t.shutdown();', spool: false },
];

const expectSoon = ({ out, code, ended_at }: Ran): void => {
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^\{.*\}\n$/) as string });
  const told = JSON.parse(out) as { sum: number; ms: number; done_at: number };
  expect(told.sum).toBe(3);
  expect(told.ms).toBeLessThan(WORK_MS);
  expect(ended_at - told.done_at).toBeLessThan(END_MS);
};

const filesOf = async (spool: string): Promise<string[]> =>
  (await readdir(spool, { recursive: true })).filter((name) => name.includes('.'));

describe('an agent that just ends', () => {
  it.each<Manner | 'down'>(['busy', 'silent', 'down', 'reset', 'slow'])(
    'does so soon where its receiver is %s; what it recorded is kept and arrives at the next start',
    async (manner) => {
      let receiver: Receiver = await startReceiver(manner === 'down' ? 'take' : manner);
      const { url } = receiver;
      if (manner === 'down') await receiver.close();
      const spool = await mkdtemp(join(tmpdir(), 'footprint-ending-'));
      const run = (text: string, way: Way): Promise<Ran> =>
        runAgent(text, {
          OTEL_EXPORTER_OTLP_ENDPOINT: url,
          FOOTPRINT_SPOOL: way.spool ? spool : 'off',
          FOOTPRINT_FINGERPRINT_KEY: 'a key of the tests',
          ...(way.delay === undefined ? {} : { OTEL_BSP_SCHEDULE_DELAY: way.delay }),
        });
      try {
        const ran = await Promise.all(WAYS.map((way) => run(script(way.end), way)));
        ran.forEach(expectSoon);
        const files = await filesOf(spool);
        const texts = await Promise.all(files.map((name) => readFile(join(spool, name), 'utf8')));
        expect(texts.join()).not.toContain(SECRET);

        if (manner === 'down') receiver = await startReceiver('take', Number(new URL(url).port));
        receiver.manner = 'take';
        const next = await run('await start().shutdown();', { end: '', spool: true });
        expect(next).toMatchObject({ out: '', code: 0 });
        const ids = receiver.spans().map(({ span_id }) => span_id);
        const kept = WAYS.filter((way) => way.spool).length;
        // Each once; those of the agents without a spool are lost.
        expect([ids.length, new Set(ids).size]).toEqual([kept * SPANS, kept * SPANS]);
        expect(await filesOf(spool)).toEqual([]);
      } finally {
        await receiver.close();
        await rm(spool, { recursive: true, force: true });
      }
    },
    30_000,
  );
});
