// The receiver by the rules of OTLP/HTTP, through the application: types, encodings, limits, answers and failures.
import { gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode } from '../../server/errors.ts';
import { createGuard } from '../../server/ingest/guard.ts';
import type { Limits } from '../../server/ingest/limits.ts';
import { ingestRoutes } from '../../server/ingest/otlp-http.ts';
import { createReceiver } from '../../server/ingest/receiver.ts';
import type { Submission } from '../../server/model/submission.ts';
import { materialise } from '../../server/otlp/materialise.ts';
import { createReader } from '../../server/otlp/reader.ts';
import { decodeResponse, decodeStatus, encodeRequest } from './otlp-proto.ts';
import { jsonBytes, request, span } from './otlp-requests.ts';

const KEYS = ['gen_ai.tool.name', 'note'];
const reader = createReader({ keys: KEYS });
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const receiver = ({
  limits,
  fail,
}: { limits?: Partial<Limits>; fail?: () => Promise<void> } = {}) => {
  const taken: Submission[] = [];
  const app = new Hono();
  app.use(createGuard());
  app.onError((error, c) =>
    c.text(
      error instanceof AppError ? error.code : 'unknown',
      error instanceof AppError ? error.status : 500,
    ),
  );
  app.route(
    '/',
    ingestRoutes({
      log: silent,
      receiver: createReceiver({
        reader,
        clock: () => 1_795_000_000_000,
        ...(limits === undefined ? {} : { limits }),
        submit: async (submission) => {
          await fail?.();
          taken.push(submission);
        },
      }),
    }),
  );
  app.get('/page', (c) => c.text('page'));
  app.put('/page', (c) => c.text('changed'));
  const post = (body: Uint8Array | ReadableStream, headers: Record<string, string> = {}) =>
    app.request('/v1/traces', {
      method: 'POST',
      body: body as BodyInit,
      headers: { 'content-type': 'application/x-protobuf', ...headers },
      duplex: 'half',
    } as RequestInit);
  return { app, post, taken };
};

const JSON_TYPE = { 'content-type': 'application/json' };
const GZIP = { 'content-encoding': 'gzip' };
const ONE = request([span({ 'gen_ai.tool.name': 'read_mail' })]);
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());

describe('a whole request', () => {
  it('is answered in its own type with nothing set, plain and gzipped', async () => {
    const { post, taken } = receiver();
    const protobuf = await post(encodeRequest(ONE));
    const gzipped = await post(gzipSync(encodeRequest(ONE)), GZIP);
    const json = await post(jsonBytes(ONE), { 'content-type': 'Application/JSON; charset=utf-8' });
    const jsonGzipped = await post(gzipSync(jsonBytes(ONE)), { ...JSON_TYPE, ...GZIP });
    for (const response of [protobuf, gzipped]) {
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/x-protobuf');
      expect(await bytesOf(response)).toHaveLength(0);
    }
    for (const response of [json, jsonGzipped]) {
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(await response.text()).toBe('{}');
    }
    expect(taken.map(({ type, encoding }) => [type, encoding])).toEqual([
      ['protobuf', 'zstd'],
      ['protobuf', 'gzip'],
      ['json', 'zstd'],
      ['json', 'zstd'],
    ]);
    for (const { batch, ...rest } of taken) {
      expect(rest).toMatchObject({
        workspace: 'default',
        kind: 'otlp',
        attested: true,
        received_at: 1.795e15,
      });
      expect(materialise(batch, 0, KEYS).attributes).toEqual({ 'gen_ai.tool.name': 'read_mail' });
    }
  });

  it('is journalled as it came where nothing was redacted, so that it decodes to the same spans', async () => {
    const { post, taken } = receiver();
    const sent = gzipSync(encodeRequest(ONE));
    await post(sent, GZIP);
    const body = taken[0]?.body ?? new Uint8Array();
    expect(Buffer.from(body).equals(sent)).toBe(true);
    const replayed = reader.protobuf(new Uint8Array(gunzipSync(body)));
    expect(materialise(replayed.batch, 0, KEYS)).toEqual(
      taken[0] === undefined ? undefined : materialise(taken[0].batch, 0, KEYS),
    );
  });

  it('is journalled without its secrets, in every type, gzip header and doubled field included', async () => {
    const { post, taken } = receiver();
    const secret = `ghp_${'Ab12'.repeat(9)}`;
    const json = request([span({ note: `use ${secret}`, 'gen_ai.tool.name': 'a' })]);
    await post(encodeRequest(json));
    await post(gzipSync(encodeRequest(json)), GZIP);
    await post(jsonBytes(json), JSON_TYPE);
    const doubled = JSON.stringify(ONE).replace('"name":"exec', `"name":"${secret}","name":"exec`);
    await post(new Uint8Array(Buffer.from(doubled)), JSON_TYPE);
    const plain = gzipSync(encodeRequest(ONE));
    const named = Buffer.concat([
      plain.subarray(0, 10),
      Buffer.from(`${secret}\0`),
      plain.subarray(10),
    ]);
    named[3] = 8;
    await post(named, GZIP);
    expect(taken).toHaveLength(5);
    for (const { body, encoding, batch } of taken) {
      expect(encoding).toBe('zstd');
      expect(Buffer.from(body).includes(secret)).toBe(false);
      const inflated = zstdDecompressSync(body);
      expect(inflated.includes(secret)).toBe(false);
      expect(JSON.stringify(materialise(batch, 0, KEYS))).not.toContain(secret);
    }
  });

  it.each([
    ['protobuf', new Uint8Array(0), {}, ''],
    ['protobuf with no spans', encodeRequest({ resourceSpans: [{}] }), {}, ''],
    ['JSON', jsonBytes({}), JSON_TYPE, '{}'],
    ['no JSON at all', new Uint8Array(0), JSON_TYPE, '{}'],
  ])('that is empty, %s, is a success and leaves nothing', async (_, body, headers, answer) => {
    const { post, taken } = receiver();
    const response = await post(body, headers);
    expect([response.status, await response.text(), taken.length]).toEqual([200, answer, 0]);
  });

  it('with bad spans among good ones is a partial success', async () => {
    const { post, taken } = receiver();
    const mixed = request([span({ note: 'good' }), span({ note: 'LOST' }, { traceId: 'ab' })]);
    const protobuf = await post(gzipSync(encodeRequest(mixed)), GZIP);
    const message = 'a trace id is not 16 bytes or all zero';
    expect(decodeResponse(await bytesOf(protobuf))).toEqual({
      partialSuccess: { rejectedSpans: '1', errorMessage: message },
    });
    const json = await post(jsonBytes(mixed), JSON_TYPE);
    expect(await json.json()).toEqual({
      partialSuccess: { rejectedSpans: '1', errorMessage: message },
    });
    for (const { body, batch } of taken) {
      expect(batch.spans).toBe(1);
      expect(zstdDecompressSync(body).includes('LOST')).toBe(false);
    }
    const none = await post(encodeRequest(request([span({}, { traceId: 'ab' })])));
    expect([none.status, taken.length]).toEqual([200, 2]);
  });
});

describe('a refused request', () => {
  const gz = gzipSync(encodeRequest(ONE));
  const withByte = (bytes: Uint8Array, at: number): Uint8Array =>
    bytes.map((byte, i) => (i === at ? byte ^ 0xff : byte));
  const cases: [
    string,
    number,
    number,
    () => Uint8Array,
    Record<string, string>,
    Partial<Limits>,
  ][] = [
    ['garbage', 400, 3, () => Uint8Array.of(0xff, 0xff, 0xff), {}, {}],
    ['garbage JSON', 400, 3, () => new Uint8Array(Buffer.from('{')), JSON_TYPE, {}],
    ['garbage gzip', 400, 3, () => new Uint8Array(20).fill(7), GZIP, {}],
    ['truncated gzip', 400, 3, () => gz.subarray(0, gz.length - 9), GZIP, {}],
    [
      'trailing bytes behind gzip',
      400,
      3,
      () => Buffer.concat([gz, Buffer.from('rest')]),
      GZIP,
      {},
    ],
    ['two gzip members', 400, 3, () => Buffer.concat([gz, gz]), GZIP, {}],
    [
      'two gzip members of which the first is empty',
      400,
      3,
      () => Buffer.concat([gzipSync(''), gz]),
      GZIP,
      {},
    ],
    ['gzip with a wrong checksum', 400, 3, () => withByte(gz, gz.length - 5), GZIP, {}],
    ['gzip with a wrong length', 400, 3, () => withByte(gz, gz.length - 1), GZIP, {}],
    ['gzip in gzip', 400, 3, () => gzipSync(gz), GZIP, {}],
    ['an unknown encoding', 415, 3, () => gz, { 'content-encoding': 'br' }, {}],
    ['gzip told twice', 415, 3, () => gz, { 'content-encoding': 'gzip, gzip' }, {}],
    ['a large body', 413, 8, () => new Uint8Array(2000), {}, { body_bytes: 1999 }],
    ['a large gzip body', 413, 8, () => new Uint8Array(2000), GZIP, { body_bytes: 1999 }],
    [
      'a gzip bomb',
      413,
      8,
      () => gzipSync(new Uint8Array(10_000_000)),
      GZIP,
      { inflated_bytes: 100_000 },
    ],
    ['what is too much at once', 503, 14, () => encodeRequest(ONE), {}, { in_flight_bytes: 10 }],
  ];

  it.each(cases)(
    'for %s is answered %i with a Status',
    async (_, status, code, body, headers, limits) => {
      const { post, taken } = receiver({ limits });
      const response = await post(body(), headers);
      expect(response.status).toBe(status);
      const json = headers['content-type'] === 'application/json';
      expect(response.headers.get('content-type')).toBe(
        json ? 'application/json' : 'application/x-protobuf',
      );
      const told = json
        ? ((await response.json()) as unknown)
        : decodeStatus(await bytesOf(response));
      expect(told).toEqual({ code, message: expect.stringMatching(/\w/) as string });
      expect(response.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
      expect(taken).toEqual([]);
    },
  );

  it('of another type is answered 415, of another method 405', async () => {
    const { app, post } = receiver();
    const text = await post(encodeRequest(ONE), { 'content-type': 'text/plain' });
    expect([text.status, ((await text.json()) as { code: number }).code]).toEqual([415, 3]);
    const get = await app.request('/v1/traces');
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await get.json()).toMatchObject({ code: 12 });
  });

  it.each<[ErrorCode, number]>([
    ['overloaded', 503],
    ['disk_full', 503],
    ['journal_damaged', 503],
    ['too_many_requests', 429],
    ['internal', 503],
  ])('because of %s may be sent again', async (code, status) => {
    const { post } = receiver({ fail: () => Promise.reject(new AppError(code, 'not now')) });
    const response = await post(encodeRequest(ONE));
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, '1']);
    expect(decodeStatus(await bytesOf(response))['code']).toBe(status === 429 ? 8 : 14);
  });

  it('because of a fault of ours may be sent again and tells nothing of it', async () => {
    const { post } = receiver({ fail: () => Promise.reject(new Error('password is hunter2')) });
    const response = await post(jsonBytes(ONE), JSON_TYPE);
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('hunter2');
  });

  it('does not hold its share of memory afterwards', async () => {
    const { post, taken } = receiver({ limits: { in_flight_bytes: 2000, body_bytes: 1000 } });
    for (let i = 0; i < 20; i++) await post(Uint8Array.of(0xff, ...new Uint8Array(500)));
    expect((await post(encodeRequest(ONE))).status).toBe(200);
    expect(taken).toHaveLength(1);
  });
});

describe('the guard', () => {
  const ask = (headers: Record<string, string>, method = 'GET', path = '/page') =>
    receiver().app.request(path, { method, headers });

  it.each(['localhost', 'LOCALHOST:4318', '127.0.0.1:80', '[::1]:4318'])(
    'lets Host %s in',
    async (host) => {
      expect((await ask({ host })).status).toBe(200);
    },
  );

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    'user@localhost',
    '0.0.0.0',
    'localhost/',
    '',
  ])('answers 421 to Host %j', async (host) => {
    expect((await ask({ host })).status).toBe(421);
  });

  it('answers 421 to a foreign absolute URL, and takes a host that it was told of', async () => {
    const { app } = receiver();
    expect(
      (await app.request('http://evil.example/page', { headers: { host: 'localhost' } })).status,
    ).toBe(421);
    const named = new Hono();
    named.use(createGuard({ hosts: ['Footprint.corp.example'] }));
    named.get('/', (c) => c.text('x'));
    const url = 'http://footprint.corp.example/';
    expect(
      (await named.request(url, { headers: { host: 'footprint.corp.example:8443' } })).status,
    ).toBe(200);
  });

  const host = 'localhost:4318';
  it.each([
    [{ host, origin: 'http://localhost:4318' }, 200],
    [{ host, 'sec-fetch-site': 'same-origin' }, 200],
    [{ host }, 200],
    [{ host, origin: 'http://localhost:9999' }, 403],
    [{ host, origin: 'https://evil.example' }, 403],
    [{ host, origin: 'null' }, 403],
    [{ host, 'sec-fetch-site': 'cross-site' }, 403],
    [{ host, 'sec-fetch-site': 'same-site' }, 403],
  ])('answers an unsafe request with %j by %i', async (headers, status) => {
    const response = await ask(headers, 'PUT');
    expect(response.status).toBe(status);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    [{ host, origin: 'http://localhost:4318' }, 200],
    [{ host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 200],
    [{ host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    [{ host, origin: 'http://localhost:9999' }, 403],
    [{ host, origin: 'https://evil.example' }, 403],
    [{ host, origin: 'null' }, 403],
  ])('answers a request that only reads with %j by %i', async (headers, status) => {
    expect((await ask(headers)).status).toBe(status);
  });

  it('answers a preflight 403 and a foreign exporter with a Status', async () => {
    const preflight = await ask({ host, origin: 'https://evil.example' }, 'OPTIONS');
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([
      403,
      null,
    ]);
    const foreign = await ask({ host: 'evil.example', ...JSON_TYPE }, 'POST', '/v1/traces');
    expect([foreign.status, await foreign.json()]).toMatchObject([421, { code: 3 }]);
  });
});
