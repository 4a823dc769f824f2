// The receiver behind a listening server: chunked bodies, answers that a sender can read, and OpenTelemetry's own exporters.
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { serve, type ServerType } from '@hono/node-server';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../server/errors.ts';
import { createGuard } from '../../server/ingest/guard.ts';
import { ingestRoutes } from '../../server/ingest/otlp-http.ts';
import { createReceiver } from '../../server/ingest/receiver.ts';
import type { Submission } from '../../server/model/submission.ts';
import { materialise } from '../../server/otlp/materialise.ts';
import { createReader } from '../../server/otlp/reader.ts';
import { decodeStatus, encodeRequest } from './otlp-proto.ts';
import { request, span } from './otlp-requests.ts';

const KEYS = ['gen_ai.tool.name'];
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const BODY_BYTES = 300_000;

let server: ServerType;
let port = 0;
let taken: Submission[] = [];
let failures = 0;

beforeAll(async () => {
  const app = new Hono();
  app.use(createGuard());
  app.route(
    '/',
    ingestRoutes({
      log: silent,
      receiver: createReceiver({
        reader: createReader({ keys: KEYS }),
        clock: Date.now,
        limits: { body_bytes: BODY_BYTES, inflated_bytes: 1_000_000 },
        submit: (submission) => {
          failures -= 1;
          if (failures >= 0) return Promise.reject(new AppError('overloaded', 'not now'));
          taken.push(submission);
          return Promise.resolve();
        },
      }),
    }),
  );
  server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.close();
  await once(server, 'close');
});
beforeEach(() => {
  taken = [];
  failures = 0;
});

/** Posts the pieces as chunks of one body. */
const post = async (pieces: Uint8Array[], headers: Record<string, string | number> = {}) => {
  const sent = httpRequest({
    port,
    host: '127.0.0.1',
    path: '/v1/traces',
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', ...headers },
    agent: false,
  });
  const answered = once(sent, 'response');
  for (const piece of pieces) {
    if (!sent.write(piece)) await Promise.race([once(sent, 'drain'), answered]);
  }
  sent.end();
  const [response] = (await answered) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
};

const body = encodeRequest(request([span({ 'gen_ai.tool.name': 'read_mail' })]));

describe('over the wire', () => {
  it('a body in chunks, plain and gzipped, is taken whole', async () => {
    const bytewise = Array.from(body, (byte) => Uint8Array.of(byte));
    expect((await post(bytewise)).status).toBe(200);
    const gzipped = gzipSync(body);
    const halves = [gzipped.subarray(0, 40), gzipped.subarray(40)];
    expect((await post(halves, { 'content-encoding': 'gzip' })).status).toBe(200);
    expect(taken.map(({ batch }) => materialise(batch, 0, KEYS).attributes)).toEqual([
      { 'gen_ai.tool.name': 'read_mail' },
      { 'gen_ai.tool.name': 'read_mail' },
    ]);
    // Whoever loads the batch may take its memory away: none of it is shared with another request.
    for (const { batch } of taken) {
      structuredClone(batch, { transfer: [batch.bytes.buffer as ArrayBuffer] });
      expect(batch.bytes).toHaveLength(0);
    }
  });

  it('a body that is too large is answered 413, in chunks and by length, and the sender reads it', async () => {
    const pieces = Array.from({ length: 40 }, () => new Uint8Array(64 * 1024));
    const size = 40 * 64 * 1024;
    for (const headers of [{}, { 'content-length': size }]) {
      const answer = await post(pieces, headers);
      expect(answer.status).toBe(413);
      expect(decodeStatus(answer.body)).toMatchObject({ code: 8 });
    }
    expect(taken).toEqual([]);
  });

  it('a length that is too large is answered at once, before any of the body comes', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n',
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it('a body that breaks off leaves nothing and others are served', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: 5000\r\n\r\nabc',
    );
    await once(socket, 'connect');
    socket.destroy();
    expect((await post([body])).status).toBe(200);
    expect(taken).toHaveLength(1);
  });

  it('a foreign Host is answered 421 by a Status', async () => {
    const answer = await post([body], { host: 'evil.example' });
    expect([answer.status, decodeStatus(answer.body)['code']]).toEqual([421, 3]);
  });
});

describe("OpenTelemetry's exporters", () => {
  const url = () => `http://127.0.0.1:${String(port)}/v1/traces`;
  const exporters = {
    'JSON, plain': () => new JsonExporter({ url: url() }),
    'JSON, gzipped': () => new JsonExporter({ url: url(), compression: CompressionAlgorithm.GZIP }),
    'protobuf, plain': () => new ProtobufExporter({ url: url() }),
    'protobuf, gzipped': () =>
      new ProtobufExporter({ url: url(), compression: CompressionAlgorithm.GZIP }),
  };

  const sendThree = async (exporter: JsonExporter): Promise<void> => {
    const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
    const tracer = provider.getTracer('agent');
    for (const tool of ['a', 'b', 'c']) {
      tracer.startSpan('execute_tool', { attributes: { 'gen_ai.tool.name': tool } }).end();
    }
    await provider.forceFlush();
    await provider.shutdown();
  };
  const tools = () =>
    taken.flatMap(({ batch }) =>
      Array.from(
        { length: batch.spans },
        (_, row) => materialise(batch, row, KEYS).attributes['gen_ai.tool.name'],
      ),
    );

  it.each(Object.entries(exporters))('are understood: %s', async (_, make) => {
    await sendThree(make());
    expect(tools()).toEqual(['a', 'b', 'c']);
  });

  it('send a batch again that was refused for now', async () => {
    failures = 1;
    await sendThree(new JsonExporter({ url: url() }));
    expect(tools()).toEqual(['a', 'b', 'c']);
  });
});
