// A receiver that is away: the agent neither waits nor grows, and what it could not send is sent by its next start.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runAgent } from './agent.ts';
import type { Manner, Receiver } from './receiver.ts';
import { startReceiver } from './receiver.ts';

/** `rounds` times a decision and a use, in one task. */
const act = (rounds: number): string => `task({ agent: 'desk' }, () => {
  for (let i = 0; i < ${rounds}; i += 1) {
    const decision = authorize({ permission: 'tool:a' }, () => true);
    tool({ name: 'a', decision }, () => 1);
  }
});`;
/** A slow machine may take several starts to send a large spool. */
const MAX_STARTS = 10;
const LATER = `await new Promise((resolve) => setTimeout(resolve, 1500));`;

/** One test's receiver and folder, apart from those of the others, which run at the same time. */
interface Away extends AsyncDisposable {
  receiver: Receiver;
  spool: string;
  run: typeof runAgent;
  /** Files in the spool. */
  kept: () => Promise<string[]>;
  /** Starts agents, as often as it takes, that send what the spool holds. */
  resume: () => Promise<void>;
  /** Sequence numbers that arrived, by producer and in order. */
  arrived: () => number[][];
}

const away = async (manner: Manner): Promise<Away> => {
  const receiver = await startReceiver(manner);
  const spool = await mkdtemp(join(tmpdir(), 'footprint-outage-'));
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    FOOTPRINT_SPOOL: spool,
    FOOTPRINT_FINGERPRINT_KEY: 'a key of the tests',
  };
  const run: typeof runAgent = (script, more, watch) =>
    runAgent(script, { ...env, ...more }, watch);
  const kept = async (): Promise<string[]> =>
    (await readdir(spool, { recursive: true })).filter((name) => name.includes('.'));
  return {
    receiver,
    spool,
    run,
    kept,
    resume: async () => {
      for (let left = MAX_STARTS; left > 0 && (await kept()).length > 0; left -= 1) {
        const done = await run(`const t = start(); ${LATER} await t.shutdown();`);
        expect(done).toMatchObject({ out: '', code: 0 });
      }
    },
    arrived: () => {
      const producers = new Map<unknown, number[]>();
      for (const { attributes } of receiver.spans()) {
        const id = attributes['footprint.producer.id'];
        const seq = Number(attributes['footprint.producer.seq']);
        producers.set(id, [...(producers.get(id) ?? []), seq]);
      }
      return [...producers.values()].map((list) => list.sort((a, b) => a - b));
    },
    [Symbol.asyncDispose]: async () => {
      await receiver.close();
      await rm(spool, { recursive: true, force: true });
    },
  };
};
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe.concurrent('an agent whose receiver is away', () => {
  it('loses nothing by process.exit, which it can call at any time', async () => {
    await using here = await away('take');
    const { receiver, run, arrived, resume } = here;
    const done = await run(`start(); ${act(5)} process.exit(0);`);
    expect(done).toMatchObject({ out: '', code: 0 });
    expect(receiver.spans()).toEqual([]);
    await resume();
    expect(arrived()).toEqual([upTo(11)]);
  });

  it('keeps on disk what its queue cannot hold, without a gap', async () => {
    await using here = await away('take');
    const { receiver, run, arrived, resume } = here;
    receiver.manner = 'silent';
    const rounds = 3000;
    const script = `const t = start();
      for (let n = 0; n < 30; n += 1) { ${act(rounds / 30)} await new Promise((resolve) => setTimeout(resolve, 40)); }
      await t.shutdown(); process.exit(0);`;
    const done = await run(script, { OTEL_BSP_MAX_QUEUE_SIZE: '600' });
    expect(done).toMatchObject({ out: '', code: 0 });
    receiver.manner = 'take';
    await resume();
    expect(arrived()).toEqual([upTo(2 * rounds + 30)]);
  });

  it('sends what waits on disk as soon as its receiver is back', async () => {
    await using here = await away('take');
    const { receiver, run, arrived } = here;
    receiver.manner = 'busy';
    const script = `const t = start(); ${act(2)} await t.flush(); console.log('kept');
      process.stdin.once('data', async () => { ${act(1)} await t.flush(); ${LATER} process.exit(0); });`;
    const running = run(script, { OTEL_EXPORTER_OTLP_TIMEOUT: '500' }, (out, child) => {
      if (!out.includes('kept')) return;
      receiver.manner = 'take';
      child.stdin.end('go');
    });
    expect(await running).toMatchObject({ code: 0 });
    expect(arrived()).toEqual([upTo(8)]);
  });

  it('that starts twice at once on one folder sends nothing twice', async () => {
    await using here = await away('take');
    const { receiver, run } = here;
    for (let left = 3; left > 0; left -= 1) await run(`start(); ${act(5)} process.exit(0);`);
    const script = `start(); ${LATER}`;
    await Promise.all([run(script), run(script), run(script)]);
    const ids = receiver.spans().map(({ span_id }) => span_id);
    expect(new Set(ids).size).toBe(33);
    expect(ids).toHaveLength(33);
  });

  it('does not keep what its receiver will never take', async () => {
    await using here = await away('take');
    const { receiver, run, kept } = here;
    receiver.manner = 'bad';
    await run(`const t = start(); ${act(1)} await t.shutdown();`);
    expect(await kept()).toEqual([]);
  });

  it('keeps nothing where it is told so', async () => {
    await using here = await away('take');
    const { receiver, run, spool } = here;
    receiver.manner = 'silent';
    const script = `const t = start({ spool: false }); ${act(1)} await t.shutdown(); process.exit(0);`;
    const done = await run(script, { OTEL_EXPORTER_OTLP_TIMEOUT: '300' });
    expect(done.code).toBe(0);
    expect(await readdir(spool)).toEqual([]);
  });

  it('goes on when its clock jumps', async () => {
    await using here = await away('take');
    const { receiver, run, arrived, resume } = here;
    const jump = `const real = Date.now; let n = 0; Date.now = () => real() + (n++ % 2 ? 1 : -1) * 40 * 24 * 3600_000;`;
    const done = await run(`${jump} const t = start(); ${act(5)} await t.shutdown();`);
    expect(done).toMatchObject({ out: '', code: 0 });
    expect(arrived()).toEqual([upTo(11)]);
    receiver.clear();
    receiver.manner = 'busy';
    await run(`${jump} const t = start(); ${act(5)} await t.shutdown(); process.exit(0);`);
    receiver.manner = 'take';
    await resume();
    expect(arrived()).toEqual([upTo(11)]);
  });

  it('holds no more memory than its queue', async () => {
    await using here = await away('take');
    const { receiver, run } = here;
    receiver.manner = 'silent';
    const script = `const t = start({ spool: false });
      const round = async () => { for (let n = 0; n < 40; n += 1) { ${act(100)} await new Promise((resolve) => setTimeout(resolve, 5)); } };
      await round(); gc(); const before = process.memoryUsage().heapUsed;
      await round(); await round(); await round(); gc();
      console.log((process.memoryUsage().heapUsed - before) / 2 ** 20);
      process.exit(0);`;
    const done = await run(
      `import { setFlagsFromString } from 'node:v8'; import { runInNewContext } from 'node:vm';
      setFlagsFromString('--expose-gc'); const gc = runInNewContext('gc'); ${script}`,
    );
    expect(Number(done.out)).toBeLessThan(4);
  });
});
