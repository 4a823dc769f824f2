// OTLP/gRPC through real sockets: the same spans as over HTTP, and what bad clients get.
import { randomBytes } from 'node:crypto';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import {
  Client,
  compressionAlgorithms,
  credentials,
  Metadata,
  status,
  type ServiceError,
} from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../server/errors.ts';
import type { Limits } from '../../server/ingest/limits.ts';
import { listenGrpc, type GrpcListening } from '../../server/ingest/otlp-grpc.ts';
import { ingestRoutes } from '../../server/ingest/otlp-http.ts';
import { createReceiver } from '../../server/ingest/receiver.ts';
import type { Submission } from '../../server/model/submission.ts';
import { createReader } from '../../server/otlp/reader.ts';
import { decodeResponse, decodeStatus, encodeRequest } from './otlp-proto.ts';
import { request, span } from './otlp-requests.ts';

const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const reader = createReader({ keys: ['gen_ai.tool.name', 'note'] });
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Opened {
  port: number;
  taken: Submission[];
  listening: GrpcListening;
  call: (bytes: Uint8Array, path?: string, options?: object) => Promise<Buffer | ServiceError>;
  http: (bytes: Uint8Array) => Promise<Response>;
}

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const open = async ({
  limits,
  fail,
}: { limits?: Partial<Limits>; fail?: () => Promise<void> } = {}): Promise<Opened> => {
  const taken: Submission[] = [];
  const receiver = createReceiver({
    reader,
    clock: () => 1_795_000_000_000,
    ...(limits === undefined ? {} : { limits }),
    submit: async (submission) => {
      await fail?.();
      taken.push(submission);
    },
  });
  const listening = await listenGrpc({ receiver, log: silent, host: '127.0.0.1', port: 0 });
  ends.push(() => listening.close());
  const client = new Client(`127.0.0.1:${listening.port}`, credentials.createInsecure());
  ends.push(() => client.close());
  const itself = (bytes: Buffer): Buffer => bytes;
  const call: Opened['call'] = (bytes, path = TRACES, options = {}) =>
    new Promise((resolve) => {
      client.makeUnaryRequest(
        path,
        itself,
        itself,
        Buffer.from(bytes),
        new Metadata(),
        options,
        (error, answer) => resolve(error ?? answer ?? Buffer.alloc(0)),
      );
    });
  const app = ingestRoutes({ receiver, log: silent });
  const http: Opened['http'] = async (bytes) =>
    app.request('/v1/traces', {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: bytes as BodyInit,
    });
  return { port: listening.port, taken, listening, call, http };
};

const one = () => encodeRequest(request([span({ 'gen_ai.tool.name': 'read_mail' })]));
const statusOf = (answer: Buffer | ServiceError): number =>
  Buffer.isBuffer(answer) ? status.OK : answer.code;
/** A gRPC frame: no compression, the length that is claimed, and bytes. */
const frame = (bytes: Uint8Array, claimed = bytes.length): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(claimed, 1);
  return Buffer.concat([head, bytes]);
};

describe('OTLP over gRPC', () => {
  it('keeps the same of a request as HTTP does, gzipped or not', async () => {
    const { call, http, taken } = await open();
    const bytes = one();
    expect((await http(bytes)).status).toBe(200);
    const gzip = { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip };
    expect(await call(bytes)).toEqual(Buffer.alloc(0));
    expect(await call(bytes, TRACES, gzip)).toEqual(Buffer.alloc(0));
    const [first, ...rest] = taken.map(({ type, encoding, body, batch, received_at }) => ({
      type,
      encoding,
      received_at,
      body: Buffer.from(body).toString('hex'),
      spans: batch.spans,
      ids: Buffer.from(batch.span_id.subarray(0, 8 * batch.spans)).toString('hex'),
    }));
    expect(rest).toEqual([first, first]);
    expect(first).toMatchObject({ type: 'protobuf', encoding: 'zstd' });
  });

  it('answers an empty request, and tells what it left out', async () => {
    const { call, taken } = await open();
    expect(await call(new Uint8Array(0))).toEqual(Buffer.alloc(0));
    expect(taken).toEqual([]);
    const answer = await call(encodeRequest(request([span(), span({}, { traceId: '00' })])));
    expect(Buffer.isBuffer(answer) && decodeResponse(answer)).toEqual({
      partialSuccess: {
        rejectedSpans: '1',
        errorMessage: 'a trace id is not 16 bytes or all zero',
      },
    });
    expect(taken.map(({ batch }) => batch.spans)).toEqual([1]);
  });

  it('refuses garbage with INVALID_ARGUMENT, which nobody sends again', async () => {
    const { call, taken } = await open();
    const answer = await call(Uint8Array.of(10, 200, 1, 2, 3));
    expect(answer).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining('cannot be decoded') as string,
    });
    for (let i = 0; i < 50; i++) {
      const code = statusOf(await call(randomBytes(i * 3 + 1)));
      expect([status.OK, status.INVALID_ARGUMENT]).toContain(code);
    }
    expect(taken).toEqual([]);
  });

  it.each(['store_unavailable', 'disk_full', 'overloaded'] as const)(
    'answers %s with UNAVAILABLE and when to try again',
    async (code) => {
      const { call } = await open({ fail: () => Promise.reject(new AppError(code, 'not now')) });
      const answer = await call(one());
      if (Buffer.isBuffer(answer)) throw new Error('it was taken');
      expect([answer.code, answer.details]).toEqual([status.UNAVAILABLE, 'not now']);
      const [details] = answer.metadata.get('grpc-status-details-bin');
      const told = decodeStatus(details as Buffer) as { details: { value: string }[] };
      expect(told).toMatchObject({
        code: 14,
        message: 'not now',
        details: [{ typeUrl: 'type.googleapis.com/google.rpc.RetryInfo' }],
      });
      // RetryInfo.retry_delay = Duration { seconds: 1 }
      expect(Buffer.from(told.details[0]?.value ?? '', 'base64')).toEqual(
        Buffer.of(0x0a, 2, 0x08, 1),
      );
    },
  );

  it('never answers INTERNAL where the fault is ours', async () => {
    const { call } = await open({ fail: () => Promise.reject(new Error('a secret of ours')) });
    expect(await call(one())).toMatchObject({
      code: status.UNAVAILABLE,
      details: 'the server failed, try again',
    });
  });

  it('refuses a message over the limit, as it is sent or inflated', async () => {
    const { call, taken } = await open({ limits: { body_bytes: 20_000 } });
    const big = encodeRequest(request([span({ note: 'x'.repeat(30_000) })]));
    expect(statusOf(await call(big))).toBe(status.RESOURCE_EXHAUSTED);
    const gzip = { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip };
    expect(statusOf(await call(big, TRACES, gzip))).toBe(status.RESOURCE_EXHAUSTED);
    expect(statusOf(await call(one()))).toBe(status.OK);
    expect(taken).toHaveLength(1);
  });

  it('says that it keeps no metrics, and that it knows no other method', async () => {
    const { call } = await open();
    const metrics = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
    expect(await call(one(), metrics)).toMatchObject({
      code: status.UNIMPLEMENTED,
      details: expect.stringContaining('keeps no metrics') as string,
    });
    expect(statusOf(await call(one(), '/some.Service/Export'))).toBe(status.UNIMPLEMENTED);
  });

  it('goes on after a stream that is cut, a claim of too much, and bytes that are no HTTP/2', async () => {
    const { call, port, taken } = await open();
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    session.on('error', () => undefined);
    const start = () => {
      const stream = session.request({
        ':method': 'POST',
        ':path': TRACES,
        'content-type': 'application/grpc+proto',
        te: 'trailers',
      });
      stream.on('error', () => undefined);
      return stream;
    };
    const cut = start();
    cut.write(frame(one().subarray(0, 10), 1000));
    cut.close(8);
    const claim = start();
    const told = new Promise((resolve) => {
      const read = (headers: Record<string, unknown>) => {
        if (headers['grpc-status'] !== undefined) resolve(headers['grpc-status']);
      };
      claim.on('response', read);
      claim.on('trailers', read);
    });
    claim.end(frame(new Uint8Array(8), 0xffff_ffff));
    expect(await told).toBe(String(status.RESOURCE_EXHAUSTED));
    session.destroy();
    await new Promise<void>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'));
      socket.on('error', reject);
      socket.on('close', () => resolve());
      socket.resume();
    });
    expect(statusOf(await call(one()))).toBe(status.OK);
    expect(taken).toHaveLength(1);
  });

  it('answers others while one reads and writes nothing', async () => {
    const { call, port } = await open();
    const slow = connect(port, '127.0.0.1');
    const session = connectHttp2(`http://127.0.0.1:${port}`, {
      settings: { initialWindowSize: 0 },
    });
    session.on('error', () => undefined);
    const stalled = session.request({
      ':method': 'POST',
      ':path': TRACES,
      'content-type': 'application/grpc',
    });
    stalled.on('error', () => undefined);
    stalled.write(frame(new Uint8Array(4), 1000));
    for (let i = 0; i < 20; i++) expect(statusOf(await call(one()))).toBe(status.OK);
    session.destroy();
    slow.destroy();
  });

  it('reads so many messages at once, and the others when those are done', async () => {
    const { call, port } = await open();
    const sessions = Array.from({ length: 4 }, () => connectHttp2(`http://127.0.0.1:${port}`));
    for (const session of sessions) {
      session.on('error', () => undefined);
      for (let i = 0; i < 8; i++) {
        const stream = session.request({
          ':method': 'POST',
          ':path': TRACES,
          'content-type': 'application/grpc',
        });
        stream.on('error', () => undefined);
        stream.write(frame(new Uint8Array(4), 1000));
      }
    }
    // Until their first bytes are here.
    await new Promise((resolve) => setTimeout(resolve, 500));
    let is_answered = false;
    const waiting = call(one()).then((answer) => {
      is_answered = true;
      return answer;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(is_answered).toBe(false);
    sessions[0]?.destroy();
    expect(statusOf(await waiting)).toBe(status.OK);
    for (const session of sessions) session.destroy();
  });

  it('answers a call that is being kept when it stops, and takes none after', async () => {
    let keep: () => void = () => undefined;
    const kept = new Promise<void>((resolve) => (keep = resolve));
    let reached: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => (reached = resolve));
    const { call, listening, port, taken } = await open({
      fail: () => {
        reached();
        return kept;
      },
    });
    const answer = call(one());
    await arrived;
    const closed = listening.close();
    keep();
    expect(statusOf(await answer)).toBe(status.OK);
    await closed;
    expect(taken).toHaveLength(1);
    await expect(
      new Promise((resolve, reject) =>
        connect(port, '127.0.0.1').on('connect', resolve).on('error', reject),
      ),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('tells of a port that is taken as Node does', async () => {
    const { port } = await open();
    const receiver = createReceiver({ reader, clock: () => 0, submit: () => Promise.resolve() });
    await expect(
      listenGrpc({ receiver, log: silent, host: '127.0.0.1', port }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  });
});
