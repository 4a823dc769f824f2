// Where spans go by the standard variables, and what becomes of those that say nothing usable.
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { destinationFrom } from '../../collector/destination.ts';
import { senderTo } from '../../collector/send.ts';

const DEFAULT = 'http://localhost:4318/v1/traces';
let said: string[] = [];
const before = { ...process.env };
beforeEach(() => {
  said = [];
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) unset(name);
  const warn = (text: string): void => void said.push(text);
  const quiet = (): void => undefined;
  diag.setLogger(
    { warn, error: quiet, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
});
afterEach(() => {
  diag.disable();
  process.env = { ...before };
});
const unset = (name: string): boolean => Reflect.deleteProperty(process.env, name);
const set = (variables: Record<string, string>): void => {
  for (const [name, value] of Object.entries(variables))
    process.env[`OTEL_EXPORTER_OTLP_${name}`] = value;
};

describe('the destination', () => {
  it.each<[Record<string, string>, string | undefined, string]>([
    [{}, undefined, DEFAULT],
    [{ ENDPOINT: 'http://a:1' }, undefined, 'http://a:1/v1/traces'],
    [{ ENDPOINT: 'https://a:1/base/' }, undefined, 'https://a:1/base/v1/traces'],
    [{ ENDPOINT: 'http://a:1', TRACES_ENDPOINT: 'http://b:2' }, undefined, 'http://b:2/'],
    [{ TRACES_ENDPOINT: 'http://b:2/x?y=1' }, undefined, 'http://b:2/x?y=1'],
    [{ ENDPOINT: 'http://a:1', TRACES_ENDPOINT: '' }, undefined, 'http://a:1/v1/traces'],
    [{ TRACES_ENDPOINT: 'http://b:2' }, 'http://c:3/', 'http://c:3/v1/traces'],
    [{ ENDPOINT: 'nowhere' }, undefined, DEFAULT],
    [{ ENDPOINT: 'ftp://a:1' }, undefined, DEFAULT],
    [{ ENDPOINT: 'http://a:1' }, 'not an address', 'http://a:1/v1/traces'],
  ])('by %j and the option %j is %s', (variables, endpoint, url) => {
    set(variables);
    const found = destinationFrom(endpoint === undefined ? {} : { endpoint });
    expect(found.url.href).toBe(url);
    const bad = /nowhere|ftp|not an/.test(JSON.stringify([variables, endpoint]));
    expect(said.length > 0).toBe(bad);
  });

  it('has the headers of all signals under those of traces, decoded, and none that cannot be sent', () => {
    set({
      HEADERS: 'Authorization=Bearer%20one, x-a = 1 ,broken,=x,x-bad=%0a,x-half=%E0%A4%A,b d=1',
      TRACES_HEADERS: 'authorization=Bearer two,x-b=k=v',
    });
    expect(destinationFrom({}).headers).toEqual({
      authorization: 'Bearer two',
      'x-a': '1',
      'x-b': 'k=v',
    });
    expect(said).toHaveLength(3);
    expect(said.join()).not.toMatch(/%|one|two/);
  });

  it.each<[Record<string, string>, number, boolean]>([
    [{}, 10_000, false],
    [{ TIMEOUT: '500', COMPRESSION: 'gzip' }, 500, true],
    [{ TIMEOUT: '500', TRACES_TIMEOUT: '70', COMPRESSION: 'gzip' }, 70, true],
    [{ TIMEOUT: '-1', COMPRESSION: 'brotli' }, 10_000, false],
    [{ TIMEOUT: 'soon', COMPRESSION: 'gzip', TRACES_COMPRESSION: 'none' }, 10_000, false],
    [{ TIMEOUT: '90000' }, 30_000, false],
  ])('by %j waits %i ms and compresses: %s', (variables, timeoutMs, gzip) => {
    set(variables);
    expect(destinationFrom({})).toMatchObject({ timeoutMs, gzip });
  });

  it('says so where a certificate cannot be read', () => {
    set({ CERTIFICATE: '/nowhere/ca.pem' });
    expect(destinationFrom({}).tls).toEqual({});
    expect(said.join()).toContain('OTEL_EXPORTER_OTLP_CERTIFICATE');
  });

  it('is trusted by the certificate that is named, and by no other', async ({ skip }) => {
    const folder = mkdtempSync(join(tmpdir(), 'footprint-tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const how = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
    if (spawnSync('openssl', [...how, '-keyout', key, '-out', cert]).status !== 0)
      return skip('openssl is not here');
    const pair = { key: readFileSync(key), cert: readFileSync(cert) };
    const seen: unknown[] = [];
    const server = createServer(
      { ...pair, ca: pair.cert, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        const { authorized } = request.socket as unknown as { authorized: boolean };
        seen.push(authorized);
        request.resume().on('end', () => response.end('{}'));
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    set({ ENDPOINT: `https://127.0.0.1:${(server.address() as AddressInfo).port}` });
    const send = async (): Promise<string> =>
      (await senderTo(destinationFrom({})).send({ bytes: Buffer.from('{}'), spans: 1 })).sent;
    const untrusted = await send();
    set({ CERTIFICATE: cert });
    const trusted = await send();
    set({ CLIENT_CERTIFICATE: cert, TRACES_CLIENT_KEY: key });
    const known = await send();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
    expect([untrusted, trusted, known, seen]).toEqual(['later', 'done', 'done', [false, true]]);
  });
});
