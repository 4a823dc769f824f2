// One request to a real receiver, whatever that answers: what it means for the spans, and how long it takes.
import { diag, DiagLogLevel } from '@opentelemetry/api';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../collector/answer.ts';
import type { Destination } from '../../collector/destination.ts';
import { senderTo } from '../../collector/send.ts';
import type { Sender } from '../../collector/send.ts';

const BODY = { bytes: Buffer.from('{"resourceSpans":[]}'), spans: 3 };

let said: string[] = [];
const servers: Server[] = [];
const sockets: Socket[] = [];
beforeEach(() => {
  said = [];
  const warn = (text: string): void => void said.push(text);
  const quiet = (): void => undefined;
  diag.setLogger(
    { warn, error: quiet, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
});
afterEach(() => {
  diag.disable();
  sockets.splice(0).forEach((socket) => socket.destroy());
  servers.splice(0).forEach((server) => server.close());
});

const listening = async <T extends Server>(server: T): Promise<T> => {
  servers.push(server);
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  return server;
};
const to = (server: Server, more: Partial<Destination> = {}): Sender =>
  senderTo({
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`),
    headers: {},
    timeoutMs: 300,
    gzip: false,
    tls: {},
    ...more,
  });
type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;
const http = (answer: Handler): Promise<Server> =>
  listening(
    createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => answer(request, response, Buffer.concat(chunks)));
    }),
  );
const timed = async (work: Promise<Answer>): Promise<[Answer['sent'], number]> => {
  const began = performance.now();
  return [(await work).sent, performance.now() - began];
};

describe('a request', () => {
  it('carries the body with the headers asked for, compressed where asked', async () => {
    const seen: unknown[] = [];
    const server = await http((request, response, body) => {
      const { 'x-key': key, 'content-type': type, 'user-agent': agent } = request.headers;
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      seen.push([request.method, request.url, key, type, agent, text.toString()]);
      response.end('{}');
    });
    const headers = { 'x-key': 'k', 'content-type': 'text/plain' };
    await to(server, { headers }).send(BODY);
    await to(server, { headers, gzip: true }).send(BODY);
    const agent = expect.stringMatching(/^footprint-collector\/\d/) as string;
    const one = ['POST', '/v1/traces', 'k', 'application/json', agent, BODY.bytes.toString()];
    expect(seen).toEqual([one, one]);
  });

  it.each([
    [200, 'done'],
    [204, 'done'],
    [301, 'done'],
    [400, 'done'],
    [401, 'done'],
    [404, 'done'],
    [413, 'done'],
    [408, 'later'],
    [429, 'later'],
    [500, 'later'],
    [503, 'later'],
  ] as const)('answered %i is %s; what is refused for good is counted', async (status, sent) => {
    const server = await http((_request, response) => response.writeHead(status).end());
    expect((await to(server).send(BODY)).sent).toBe(sent);
    const refused = sent === 'done' && status >= 300;
    expect(said).toEqual(
      refused ? [`footprint: 3 spans were refused: Error: the receiver answered ${status}`] : [],
    );
  });

  it.each([
    ['7', 7000, 7000],
    [new Date(Date.now() + 60_000).toUTCString(), 50_000, 61_000],
    [new Date(0).toUTCString(), 0, 0],
    ['soon', undefined, undefined],
  ])('that is to wait until %s is told so', async (header, least, most) => {
    const server = await http((_request, response) =>
      response.writeHead(429, { 'retry-after': header }).end(),
    );
    const { waitMs } = await to(server).send(BODY);
    if (least === undefined) expect(waitMs).toBeUndefined();
    else expect(waitMs).toBeGreaterThanOrEqual(least);
    expect(waitMs ?? 0).toBeLessThanOrEqual(most ?? 0);
  });

  it('that was taken in part is done, and says through diag what was rejected', async () => {
    const answers = [
      '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}',
      '{"partialSuccess":{"errorMessage":"slow down"}}',
      '{"partialSuccess":{}}',
      '{"partialSuccess":7}',
      'garbage partialSuccess {{',
      'x'.repeat(200_000),
    ];
    const server = await http((_request, response) => response.end(answers.shift()));
    const sender = to(server);
    while (answers.length > 0) expect((await sender.send(BODY)).sent).toBe('done');
    expect(said).toEqual([
      'footprint: 2 of 3 spans were rejected: too old',
      'footprint: the receiver says: slow down',
    ]);
  });

  it('keeps its connection for the next, and opens another where it was closed meanwhile', async () => {
    const ports: unknown[] = [];
    const server = await http((request, response) => {
      ports.push(request.socket.remotePort);
      // The third arrives on a connection that is cut before it is answered.
      if (ports.length === 3) return void request.socket.resetAndDestroy();
      response.end('{}');
    });
    const sender = to(server);
    for (let left = 3; left > 0; left -= 1) expect((await sender.send(BODY)).sent).toBe('done');
    expect([ports.length, new Set(ports).size, ports[0] === ports[1]]).toEqual([4, 2, true]);
  });

  it('is not taken by what never answers, speaks no HTTP, hangs up or is not there', async () => {
    const silent = await http(() => undefined);
    const [sent, ms] = await timed(to(silent).send(BODY));
    expect([sent, ms < 1500]).toEqual(['later', true]);
    const other = await listening(createTcpServer((socket) => void socket.write('SSH-2.0-x\r\n')));
    expect((await to(other).send(BODY)).sent).toBe('later');
    const cut = await listening(createTcpServer((socket) => void socket.destroy()));
    expect((await to(cut).send(BODY)).sent).toBe('later');
    const gone = await http(() => undefined);
    const sender = to(gone);
    gone.close();
    expect((await sender.send(BODY)).sent).toBe('later');
  });

  it('is taken where the answer’s first line says so and the rest never comes', async () => {
    const server = await http((_request, response) => void response.writeHead(200).write('{'));
    expect((await to(server).send(BODY)).sent).toBe('done');
  });

  it('gives up soon where the receiver reads nothing', async () => {
    const deaf = await listening(createTcpServer({ pauseOnConnect: true }));
    const large = { bytes: Buffer.alloc(20 * 1024 * 1024), spans: 1 };
    const [sent, ms] = await timed(to(deaf, { timeoutMs: 30_000 }).send(large));
    expect([sent, ms < 5000]).toEqual(['later', true]);
  });

  it('ends at once where it is aborted', async () => {
    const silent = await http(() => undefined);
    const sender = to(silent, { timeoutMs: 30_000 });
    const work = timed(sender.send(BODY));
    await expect.poll(() => sockets.length).toBe(1);
    sender.abort();
    const [sent, ms] = await work;
    expect([sent, ms < 2000]).toEqual(['later', true]);
  });

  it('survives headers and certificates that no request can have', async () => {
    const server = await http((_request, response) => response.end());
    expect((await to(server, { headers: { 'x y': '\n' } }).send(BODY)).sent).toBe('later');
    const { port } = server.address() as AddressInfo;
    const url = new URL(`https://127.0.0.1:${port}`);
    for (const tls of [{}, { ca: Buffer.from('no PEM'), key: Buffer.from('none') }])
      expect((await to(server, { url, tls }).send(BODY)).sent).toBe('later');
  });
});
