// Spans a second from HTTP to durable, stored and settled, on the machine that also generates them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FACT_KEYS } from '../../server/facts/facts.ts';
import { createReader } from '../../server/otlp/reader.ts';
import { stamp, templates } from './payload.ts';
import {
  cpuSeconds,
  folderBytes,
  peakRssMib,
  prepareLoad,
  settled,
  startObvious,
} from './process.ts';
import { startServer } from '../e2e/server.ts';

/** Spans a request, as the batch processor of the JavaScript SDK sends. */
const REQUEST_SPANS = 512;
/** Enough for 15 s at 100,000 spans a second. */
const REQUESTS = 3000;
const CONNECTIONS = 48;
/** Requests follow each other closely in time, as live traffic does. */
const STEP_MS = 1000;
/** Requests of the half-load phase: some seconds of it. */
const HALF_REQUESTS = 600;
/** Some 15 s of the obvious build too, since its index and its log slow it down as it fills. */
const OBVIOUS_REQUESTS = 600;
const DECODE_MS = 3000;

const decodeOnly = (): number => {
  const bodies = templates(16, REQUEST_SPANS).map((from, i) => stamp(from, i, Date.now()));
  const reader = createReader({ keys: FACT_KEYS });
  const began = performance.now();
  let spans = 0;
  for (let i = 0; performance.now() - began < DECODE_MS; i += 1)
    spans += reader.protobuf(bodies[i % bodies.length] ?? Buffer.alloc(0)).batch.spans;
  return Math.round((spans * 1000) / (performance.now() - began));
};

/** The fields that the HTTP contract names for `bench ingest`. */
export const benchIngest = async ({
  say,
  spans,
}: {
  say: (text: string) => void;
  spans: number | null;
}): Promise<object> => {
  const folder = mkdtempSync(join(tmpdir(), 'footprint-bench-'));
  const requests = spans === null ? REQUESTS : Math.ceil(spans / REQUEST_SPANS);
  const base = { spans: REQUEST_SPANS, connections: CONNECTIONS, step_ms: STEP_MS };
  try {
    say('decoding');
    const decoded = decodeOnly();
    say(`preparing ${requests} requests of ${REQUEST_SPANS} spans`);
    const server = await startServer({ data: join(folder, 'data') });
    const traces = `${server.url}/v1/traces`;
    const full = await prepareLoad({ ...base, url: traces, bodies: requests, rate: 0, serial: 1 });
    const cpu = cpuSeconds(server.pid);
    const began = performance.now();
    const sent = await full.go();
    say(`acknowledged ${sent.spans} spans in ${sent.seconds.toFixed(1)} s`);
    await settled(server.url, sent.spans);
    const seconds = (performance.now() - began) / 1000;
    const perSpan = ((cpuSeconds(server.pid) - cpu) * 1e6) / sent.spans;
    const rate = sent.spans / seconds;
    say(`stored and settled after ${seconds.toFixed(1)} s: ${Math.round(rate)} spans/s`);
    const half = await prepareLoad({
      ...base,
      url: traces,
      bodies: Math.min(requests, HALF_REQUESTS),
      rate: rate / 2,
      serial: requests + 1,
    });
    const halved = await half.go();
    await settled(server.url, sent.spans + halved.spans);
    const rss = peakRssMib(server.pid);
    await server.stop();
    const bytes = folderBytes(join(folder, 'data')) / (sent.spans + halved.spans);
    const obvious = await benchObvious(folder, say);
    return {
      spans: sent.spans,
      seconds: round(seconds, 2),
      spans_per_s: Math.round(rate),
      acknowledged_per_s: Math.round(sent.spans / sent.seconds),
      cpu_us_per_span: round(perSpan, 2),
      ack_p50_ms: round(sent.ack_p50_ms, 1),
      ack_p99_ms: round(sent.ack_p99_ms, 1),
      half_load_ack_p99_ms: round(halved.ack_p99_ms, 1),
      peak_rss_mib: rss,
      bytes_per_span: Math.round(bytes),
      obvious_spans_per_s: Math.round(obvious),
      ratio_to_obvious: round(rate / obvious, 2),
      decode_only_spans_per_s: decoded,
      refused: sent.refused,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const benchObvious = async (folder: string, say: (text: string) => void): Promise<number> => {
  const server = await startObvious(join(folder, 'obvious.duckdb'));
  const load = await prepareLoad({
    spans: REQUEST_SPANS,
    connections: CONNECTIONS,
    step_ms: STEP_MS,
    url: `${server.url}/v1/traces`,
    bodies: OBVIOUS_REQUESTS,
    rate: 0,
    serial: 1,
  });
  const sent = await load.go();
  await server.stop();
  const rate = sent.spans / sent.seconds;
  say(`the obvious build: ${Math.round(rate)} spans/s`);
  return rate;
};

const round = (value: number, digits: number) => Number(value.toFixed(digits));
