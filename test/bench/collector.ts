// What recording costs an agent: microseconds a call, share of a core under load, memory while nobody receives.
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Order } from './collector-agent.ts';

const AGENT = fileURLToPath(new URL('./collector-agent.ts', import.meta.url));
/** Calls a second under load: a tool call, each with its decision, so twice as many spans. */
const PER_S = 1000;
const LOAD_S = 10;
/** Long enough for the queue to fill many times over and for the spool to fill as well. */
const UNREACHABLE_S = 60;
const CALLS = 20_000;
/** A run is repeated, and the best is told: what else the machine does can only add to it. */
const RUNS = 3;

export interface CollectorResult {
  decision_us: number;
  tool_call_us: number;
  /** Null until there is an MCP integration to measure. */
  mcp_call_us: number | null;
  cpu_percent_at_1000_per_s: number;
  unreachable_rss_growth_mib: number;
}

interface Options {
  say: (text: string) => void;
}

interface Receiver {
  url: string;
  /** From now on it takes connections and never answers. */
  silence: () => void;
  close: () => void;
}

/** Takes everything at once. */
const startReceiver = async (): Promise<Receiver> => {
  let silent = false;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      if (!silent) response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    silence: () => {
      silent = true;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

/** What the agent answers; before that it may say that it is warm. */
interface Said {
  value?: number;
  warm?: boolean;
}

const ask = (receiver: Receiver, spool: string, order: Order): Promise<number> =>
  new Promise((resolve, reject) => {
    const env = {
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      FOOTPRINT_SPOOL: spool,
      FOOTPRINT_FINGERPRINT_KEY: 'bench',
    };
    const child = fork(AGENT, [], { env });
    let told: number | undefined;
    child.on('message', ({ value, warm }: Said) => {
      told ??= value;
      if (warm !== true) return;
      receiver.silence();
      child.send({ go: true });
    });
    // Its last words go to the spool as it exits, which must not outlive this benchmark.
    child.once('exit', (code) => {
      if (told === undefined) reject(new Error(`the agent ended with ${code ?? 'a signal'}`));
      else resolve(told);
    });
    child.send(order);
  });

const best = async (measure: () => Promise<number>): Promise<number> => {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run += 1) least = Math.min(least, await measure());
  return least;
};
const round = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** `npm run bench -- collector`. */
export const benchCollector = async ({ say }: Options): Promise<CollectorResult> => {
  const receiver = await startReceiver();
  const spool = await mkdtemp(join(tmpdir(), 'footprint-bench-'));
  try {
    const call = (measure: 'decision_us' | 'tool_call_us') =>
      best(() => ask(receiver, 'off', { measure, calls: CALLS }));
    const decision_us = round(await call('decision_us'));
    say(`a decision takes ${decision_us} us`);
    const tool_call_us = round(await call('tool_call_us'));
    say(`a tool call takes ${tool_call_us} us`);
    const load = (recorded: boolean) =>
      ask(receiver, 'off', { measure: 'cpu_percent', per_s: PER_S, seconds: LOAD_S, recorded });
    const bare = await load(false);
    const cpu = round((await best(() => load(true))) - bare);
    say(`${PER_S} decided tool calls a second take ${cpu} % of a core (without: ${round(bare)} %)`);
    const order: Order = { measure: 'rss_growth_mib', per_s: PER_S, seconds: UNREACHABLE_S };
    const grown = round(await ask(receiver, spool, order));
    say(`${UNREACHABLE_S} s at that rate with a receiver gone silent: ${grown} MiB more`);
    return {
      decision_us,
      tool_call_us,
      mcp_call_us: null,
      cpu_percent_at_1000_per_s: cpu,
      unreachable_rss_growth_mib: grown,
    };
  } finally {
    receiver.close();
    await rm(spool, { recursive: true, force: true });
  }
};
