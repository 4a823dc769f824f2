// The load generator: a process of its own that sends prepared requests and reports how each was answered.
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { stamp, templates } from './payload.ts';

/** What the parent asks for; bodies are made before the clock starts. */
export interface LoadOrder {
  url: string;
  bodies: number;
  spans: number;
  connections: number;
  /** Spans a second to hold, or 0 for as fast as answers come. */
  rate: number;
  /** First serial number, so that no two phases send the same spans. */
  serial: number;
  /** Milliseconds between the spans' times of one request and of the next. */
  step_ms: number;
}

/** What one phase of sending came to. */
export interface LoadResult {
  spans: number;
  seconds: number;
  refused: number;
  ack_p50_ms: number;
  ack_p99_ms: number;
  wire_bytes: number;
}

const TEMPLATES = 32;
/** The dashboard's default window, so that every span falls into it. */
const HISTORY_MS = 89 * 24 * 3_600_000;

const prepare = ({ bodies, spans, serial, step_ms }: LoadOrder): Buffer[] => {
  const made = templates(TEMPLATES, spans);
  const began = Date.now() - HISTORY_MS;
  return Array.from({ length: bodies }, (_, i) => {
    const from = made[i % made.length];
    if (from === undefined) throw new Error('no template');
    // One level below the default: what it saves in preparation it costs nothing in realism.
    return gzipSync(stamp(from, serial + i, began + (serial + i) * step_ms), { level: 3 });
  });
};

const post = (agent: Agent, url: string, body: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
      'content-length': body.length,
    };
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(body);
  });

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const send = async (order: LoadOrder, bodies: Buffer[]): Promise<LoadResult> => {
  const agent = new Agent({ keepAlive: true, maxSockets: order.connections });
  const waits: number[] = [];
  let next = 0;
  let refused = 0;
  const began = performance.now();
  const lane = async () => {
    while (next < bodies.length) {
      const i = next++;
      const body = bodies[i];
      if (body === undefined) return;
      if (order.rate > 0) {
        const due = began + (i * order.spans * 1000) / order.rate;
        if (due > performance.now()) await sleep(due - performance.now());
      }
      for (;;) {
        const at = performance.now();
        const status = await post(agent, order.url, body);
        if (status === 200) {
          waits.push(performance.now() - at);
          break;
        }
        // A client of OTLP retries on 429 and 503; so does this one, after the shortest wait.
        if (status !== 429 && status !== 503) throw new Error(`answered ${status}`);
        refused += 1;
        await sleep(100);
      }
    }
  };
  await Promise.all(Array.from({ length: order.connections }, lane));
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  waits.sort((a, b) => a - b);
  const at = (share: number) => waits[Math.floor(waits.length * share)] ?? 0;
  return {
    spans: waits.length * order.spans,
    seconds,
    refused,
    ack_p50_ms: at(0.5),
    ack_p99_ms: at(0.99),
    wire_bytes: bodies.reduce((sum, body) => sum + body.length, 0),
  };
};

process.once('message', (order: LoadOrder) => {
  const bodies = prepare(order);
  process.send?.({ ready: true });
  process.once('message', () => {
    send(order, bodies).then(
      (result) => process.send?.({ result }),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
});
