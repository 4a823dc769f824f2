// What recording costs an agent: microseconds a call, share of a core under load, memory while nobody receives.
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figures, Order, Work } from './collector-agent.ts';
import { hasMcp } from './collector-mcp.ts';

const AGENT = fileURLToPath(new URL('./collector-agent.ts', import.meta.url));
/** Calls a second under load: a tool call, each with its decision, so twice as many spans. */
const PER_S = 1000;
const LOAD_S = 8;
/** As many calls as ten minutes at that rate make, in one minute: the queue and the spool fill many times over. */
const FASTER = 10;
const UNREACHABLE_S = 60;
const CALLS = 20_000;
const MCP_CALLS = 5000;
/** A run is repeated, and the best is told: what else the machine does can only add to it. */
const RUNS = 3;

/** `_us` is how long a caller is held up, `cpu_us` is processor time with all that follows, sending too. */
export interface CollectorResult {
  decision_us: number;
  decision_cpu_us: number;
  tool_call_us: number;
  /** What recording adds to an MCP call over the SDK's transport in memory; null where the SDK is not installed. */
  mcp_call_us: number | null;
  /** On the wire, with its share of the request around it. */
  decision_bytes: number;
  tool_call_bytes: number;
  /** A span of the SDK alone with a decision's attributes, sent by the SDK's own processor: nothing of ours. */
  bare_span_us: number;
  bare_span_cpu_us: number;
  decision_over_bare: number;
  decision_cpu_over_bare: number;
  cpu_percent_at_1000_per_s: number;
  /** Two bare spans in the place of each call. */
  bare_cpu_percent_at_1000_per_s: number;
  event_loop_delay_p99_ms_at_1000_per_s: number;
  /** Over as many calls as ten minutes at 1,000 a second make, at ten times that rate. */
  unreachable_rss_growth_mib: number;
}

interface Options {
  say: (text: string) => void;
}

interface Receiver {
  url: string;
  /** From now on it takes connections and never answers. */
  silence: () => void;
  /** Bytes of the bodies that came since this was last asked. */
  bytes: () => number;
  close: () => void;
}

/** Takes everything at once. */
const startReceiver = async (): Promise<Receiver> => {
  let silent = false;
  let bytes = 0;
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
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
    bytes: () => {
      const told = bytes;
      bytes = 0;
      return told;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

/** What the agent answers; before that it says that it is warm. */
interface Said {
  figures?: Figures;
  warm?: boolean;
}

const ask = (receiver: Receiver, spool: string, order: Order): Promise<Figures> =>
  new Promise((resolve, reject) => {
    const env = {
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      FOOTPRINT_SPOOL: spool,
      FOOTPRINT_FINGERPRINT_KEY: 'bench',
    };
    const child = fork(AGENT, [], { env });
    let told: Figures | undefined;
    child.on('message', ({ figures, warm }: Said) => {
      if (figures !== undefined) told = { ...figures, bytes: receiver.bytes() };
      if (warm !== true) return;
      receiver.bytes();
      if (order.measure !== 'growth') return;
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

/** The least of each figure over several runs. */
const best = async (measure: () => Promise<Figures>): Promise<(name: string) => number> => {
  const runs: Figures[] = [];
  for (let run = 0; run < RUNS; run += 1) runs.push(await measure());
  return (name) => Math.min(...runs.map((figures) => figures[name] ?? Number.NaN));
};
const round = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** `npm run bench -- collector`. */
export const benchCollector = async ({ say }: Options): Promise<CollectorResult> => {
  const receiver = await startReceiver();
  const spool = await mkdtemp(join(tmpdir(), 'footprint-bench-'));
  const told = <T extends Partial<CollectorResult>>(figures: T): T => {
    for (const [name, value] of Object.entries(figures)) say(`${name} ${String(value)}`);
    return figures;
  };
  const each = (work: Work, calls = CALLS) =>
    best(() => ask(receiver, 'off', { measure: 'each', work, calls }));
  const load = (work: 'decided_call' | 'bare' | 'nothing') =>
    best(() => ask(receiver, 'off', { measure: 'load', work, per_s: PER_S, seconds: LOAD_S }));
  try {
    const bare = await each('bare');
    const decision = await each('decision');
    const calls = told({
      decision_us: round(decision('us')),
      decision_cpu_us: round(decision('cpu_us')),
      decision_bytes: round(decision('bytes') / CALLS, 0),
      bare_span_us: round(bare('us')),
      bare_span_cpu_us: round(bare('cpu_us')),
      decision_over_bare: round(decision('us') / bare('us'), 2),
      decision_cpu_over_bare: round(decision('cpu_us') / bare('cpu_us'), 2),
    });
    const tool = await each('tool_call');
    const tools = told({
      tool_call_us: round(tool('us')),
      tool_call_bytes: round(tool('bytes') / CALLS, 0),
    });
    const mcp = told({ mcp_call_us: await mcpCall(each) });
    const [none, spans, recorded] = [
      await load('nothing'),
      await load('bare'),
      await load('decided_call'),
    ];
    const loads = told({
      cpu_percent_at_1000_per_s: round(recorded('cpu_percent') - none('cpu_percent')),
      bare_cpu_percent_at_1000_per_s: round(spans('cpu_percent') - none('cpu_percent')),
      event_loop_delay_p99_ms_at_1000_per_s: round(recorded('delay_p99_ms')),
    });
    const per_s = PER_S * FASTER;
    const grown = await ask(receiver, spool, { measure: 'growth', per_s, seconds: UNREACHABLE_S });
    const growth = told({ unreachable_rss_growth_mib: round(grown['mib'] ?? Number.NaN) });
    return { ...calls, ...tools, ...mcp, ...loads, ...growth };
  } finally {
    receiver.close();
    await rm(spool, { recursive: true, force: true });
  }
};

/** What recording adds to a call of the MCP SDK. */
const mcpCall = async (
  each: (work: Work, calls: number) => Promise<(name: string) => number>,
): Promise<number | null> => {
  if (!hasMcp()) return null;
  const [wrapped, plain] = [await each('mcp_call', MCP_CALLS), await each('nothing', MCP_CALLS)];
  return round(wrapped('us') - plain('us'));
};
