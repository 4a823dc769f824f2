// The listening socket and the static files: odd request lines, oversized headers, orderly stop, and nothing but listed files.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen, type Listening } from '../../server/listen.ts';
import { isPagePath, readStaticFiles } from '../../server/static.ts';

/** Sends raw bytes and reads until the server closes or the first answer's head is there. */
const raw = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => {
      answer += piece;
      if (answer.includes('\r\n\r\n')) socket.destroy();
    });
    socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
    socket.on('error', reject);
  });

describe('the listening socket', () => {
  let server: Listening;
  beforeAll(async () => {
    server = await listen({
      fetch: (request) => new Response(new URL(request.url).pathname),
      host: '127.0.0.1',
      port: 0,
    });
  });
  afterAll(() => server.close());

  it.each([
    ['GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n', 'HTTP/1.1 200 OK'],
    ['GET http://127.0.0.1/api/v1/agents HTTP/1.1\r\nhost: x\r\n\r\n', 'HTTP/1.1 404 Not Found'],
    ['GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
    [
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      'HTTP/1.1 431 Request Header Fields Too Large',
    ],
    [
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      'HTTP/1.1 400 Bad Request',
    ],
    [
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'HTTP/1.1 400 Bad Request',
    ],
    ['nonsense\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
  ])('answers %j with %s', async (text, status) => {
    expect(await raw(server.port, text)).toBe(status);
  });

  it('refuses a port that is taken', async () => {
    await expect(
      listen({ fetch: () => new Response(''), host: '127.0.0.1', port: server.port }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('lets an answer that runs end before it is closed', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun: () => void = () => undefined;
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const other = await listen({
      fetch: async () => {
        begun();
        await held;
        return new Response('whole');
      },
      host: '127.0.0.1',
      port: 0,
    });
    const answer = fetch(`http://127.0.0.1:${other.port}/`).then((response) => response.text());
    await running;
    const closed = other.close();
    release();
    expect(await answer).toBe('whole');
    await closed;
    await expect(fetch(`http://127.0.0.1:${other.port}/`)).rejects.toThrow();
  });
});

describe('a stop', () => {
  it('does not wait for a connection that never said anything', async () => {
    const other = await listen({ fetch: () => new Response(''), host: '127.0.0.1', port: 0 });
    const socket = connect(other.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    const began = Date.now();
    await other.close();
    await ended;
    expect(Date.now() - began).toBeLessThan(2000);
  });
});

describe('static files', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'footprint-static-'));
    await mkdir(join(folder, 'dist', 'assets'), { recursive: true });
    await writeFile(join(folder, 'secret.html'), 'secret');
    await writeFile(join(folder, 'dist', 'index.html'), '<!doctype html>'.repeat(100));
    await writeFile(join(folder, 'dist', 'assets', 'index-B3kd9xQ1.js'), 'let a;');
    await writeFile(join(folder, 'dist', 'assets', 'index-B3kd9xQ1.js.map'), '{}');
    await symlink(join(folder, 'secret.html'), join(folder, 'dist', 'link.html'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are those of the folder with a known type, without links out of it', async () => {
    const files = await readStaticFiles(join(folder, 'dist'));
    expect(
      [...files.values()].map(({ path, type, immutable, gzip }) => [
        path,
        type,
        immutable,
        gzip !== null,
      ]),
    ).toEqual([
      ['/assets/index-B3kd9xQ1.js', 'text/javascript; charset=utf-8', true, false],
      ['/index.html', 'text/html; charset=utf-8', false, true],
    ]);
  });

  it('are none where nothing is built', async () => {
    expect(await readStaticFiles(join(folder, 'missing'))).toEqual(new Map());
  });

  it.each([
    ['/', true],
    ['/agents', true],
    ['/agents/my.agent%20one', true],
    ['/sessions/a:b', true],
    ['/api', false],
    ['/API/v1/agents', false],
    ['/v1/traces', false],
    ['//api', false],
    ['/api%2F..', false],
    ['/x%5Cy', false],
    ['/agents/acme%2Fbot', true],
    ['/sessions/a%5Cb', true],
    ['/agents/a/../..%2fx', false],
    ['/x/..%2f', false],
    ['/assets/gone.js', false],
    ['/metrics', false],
  ])('the path %s is drawn by the dashboard: %s', (path, drawn) => {
    expect(isPagePath(path)).toBe(drawn);
  });
});
