// Answers that a real server seldom gives: what is recorded of them, and that a caller gets what the server said.
import { trace } from '@opentelemetry/api';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RecordingFetchOptions } from '../../../collector/integrations/oauth.ts';
import { recordingFetch } from '../../../collector/integrations/oauth.ts';
import { fingerprint } from '../../../collector/index.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder, told } from '../recorder.ts';
import { appearsIn } from './token-world.ts';

interface Answer {
  status?: number;
  type?: string;
  body: string;
}

let recorder: Recorder;
let http: Server;
let url: string;
let answer: Answer = { body: '{}' };
beforeAll(async () => {
  recorder = startRecorder();
  http = createServer((request, response) => {
    request.resume().on('end', () => {
      const { status = 200, type = 'application/json', body } = answer;
      response.writeHead(status, { 'content-type': type }).end(body);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});
beforeEach(() => void recorder.take());
afterAll(async () => {
  http.closeAllConnections();
  http.close();
  await recorder.stop();
});

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const ask = (form: Record<string, string>, options: RecordingFetchOptions = {}, path = '/token') =>
  recordingFetch(options)(url + path, { method: 'POST', body: new URLSearchParams(form) });
const told_of = (name: string): unknown[] =>
  recorder.take().map((span) => told(span)[`footprint.credential.${name}`]);

const CC = { grant_type: 'client_credentials', scope: 'a b' };
const TOKEN = { access_token: 'opaque-canary-token', token_type: 'bearer' };

it('takes an answer without scope for unknown, or for what was asked where it is told to', async () => {
  answer = { body: JSON.stringify(TOKEN) };
  await ask(CC);
  await ask(CC, { omitted_scope: 'as_requested' });
  expect(told_of('scopes')).toEqual([undefined, ['a', 'b']]);
});

it('tells an empty scope as none', async () => {
  answer = { body: JSON.stringify({ ...TOKEN, scope: '' }) };
  await ask(CC);
  expect(told_of('scopes')).toEqual([[]]);
});

it('takes what was asked for from its options where a code is turned in', async () => {
  answer = { body: JSON.stringify({ ...TOKEN, scope: 'a' }) };
  await ask({ grant_type: 'authorization_code', code: 'c' }, { scopes_requested: ['a', 'b'] });
  expect(told_of('scopes_requested')).toEqual([['a', 'b']]);
});

it('knows a server by its options, and its revocations by the endpoint alone', async () => {
  const server = {
    issuer: 'https://as.example',
    token_endpoint: `${url}/token`,
    revocation_endpoint: `${url}/bye`,
  };
  answer = { body: JSON.stringify(TOKEN) };
  await ask(CC, { server });
  answer = { body: '', type: 'text/plain' };
  await ask({ token: TOKEN.access_token, token_type_hint: 'refresh_token' }, { server }, '/bye');
  await ask({ token: TOKEN.access_token }, {}, '/bye');
  const spans = recorder.take();
  expect(spans.map((span) => span.name)).toEqual([
    'issue_credential oauth_access_token',
    'revoke_credential oauth_refresh_token',
  ]);
  expect(told(spans[0])['footprint.credential.issuer']).toBe('https://as.example');
});

it('reads forms in strings, in requests and in JSON, and leaves their bodies to be sent', async () => {
  answer = { body: JSON.stringify(TOKEN) };
  const fetch = recordingFetch();
  const text = new URLSearchParams(CC).toString();
  await fetch(`${url}/token`, { method: 'POST', headers: FORM, body: text });
  const request = new Request(`${url}/token`, { method: 'POST', headers: FORM, body: text });
  expect(await (await fetch(request)).json()).toEqual(TOKEN);
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
  await fetch(new URL(`${url}/token`), { ...json, body: JSON.stringify(CC) });
  await fetch(new URL(`${url}/token`), { ...json, body: '{"grant_type": ' });
  expect(told_of('scopes_requested')).toEqual([
    ['a', 'b'],
    ['a', 'b'],
    ['a', 'b'],
  ]);
});

it('tells how long a refresh token lives where the server does, and the same one only once', async () => {
  const refresh = { ...TOKEN, refresh_token: 'refresh-canary-1', refresh_expires_in: 1800 };
  answer = { body: JSON.stringify(refresh) };
  await ask({ grant_type: 'authorization_code', code: 'c' });
  await ask({ grant_type: 'refresh_token', refresh_token: 'refresh-canary-1' }, { uses: false });
  const spans = recorder.take();
  expect(spans.map((span) => span.name)).toEqual([
    'issue_credential oauth_access_token',
    'issue_credential oauth_refresh_token',
    'issue_credential oauth_access_token',
  ]);
  expect(told(spans[1])).toHaveProperty('footprint.credential.expires_at');
  expect(told(spans[2])['footprint.credential.parent']).toBe(fingerprint('refresh-canary-1'));
  expect(appearsIn(spans, ['refresh-canary-1', TOKEN.access_token])).toEqual([]);
});

it('has one fingerprint for a token of any length', async () => {
  const long = 'x'.repeat(9000);
  answer = { body: JSON.stringify({ ...TOKEN, access_token: long, refresh_token: `r${long}` }) };
  await ask({ grant_type: 'refresh_token', refresh_token: `q${long}` });
  expect(told_of('fingerprint')).toEqual([`q${long}`, long, `r${long}`].map(fingerprint));
});

it.each<[string, Answer]>([
  ['a body that is no JSON', { body: '<html>', type: 'text/html' }],
  ['broken JSON', { body: '{"access_token": "abc' }],
  ['a list', { body: '[1]' }],
  ['nothing', { body: '' }],
  ['a token that is no text', { body: '{"access_token": {"a": 1}}' }],
  ['a fault of the server', { status: 500, body: '{"error": "server_error"}' }],
  ['a slow poll', { status: 400, body: '{"error": "authorization_pending"}' }],
])('records nothing of %s, and passes it on', async (_what, given) => {
  answer = given;
  const got = await ask(CC);
  expect([got.status, await got.text()]).toEqual([given.status ?? 200, given.body]);
  expect(recorder.take()).toEqual([]);
});

it('passes on what fetch rejects with, and records nothing', async () => {
  const fault = new TypeError('no network');
  const fetch = recordingFetch({ fetch: () => Promise.reject(fault) });
  await expect(fetch('https://as.example/token', { method: 'POST' })).rejects.toBe(fault);
  await expect(recordingFetch()('not a url')).rejects.toThrow();
  expect(recorder.take()).toEqual([]);
});

it('works where what fetches answers in ways of its own', async () => {
  const odd = { status: 200, ok: true } as Response;
  const fetch = recordingFetch({ fetch: () => Promise.resolve(odd) });
  const body = new URLSearchParams(CC);
  expect(await fetch(`${url}/token`, { method: 'POST', body })).toBe(odd);
});

it('leaves the call as it was where nothing records, or recording fails', async () => {
  answer = { body: JSON.stringify(TOKEN) };
  trace.disable();
  expect(await (await ask(CC)).json()).toEqual(TOKEN);
  const broken = (): never => {
    throw new Error('no tracer today');
  };
  trace.setGlobalTracerProvider({ getTracer: broken });
  expect(await (await ask(CC)).json()).toEqual(TOKEN);
  trace.disable();
  trace.setGlobalTracerProvider(recorder.provider);
});
