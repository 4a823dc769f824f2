// A token used after its end, from its spans to a signed webhook, a mute and the recovery, through the server's own doors.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openParts, type Parts } from '../../server/main.ts';
import { signatureOf } from '../../server/reports/deliver/webhook.ts';
import { configFor, otlpJson, quietLog, temporaryFolder, type TestSpan } from '../server/served.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const got: { headers: IncomingMessage['headers']; body: string }[] = [];
const hook = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
  request.on('end', () => {
    got.push({ headers: request.headers, body });
    response.end();
  });
});
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let parts: Parts;
let host = '';
let clock = Date.now();

beforeAll(async () => {
  folder = await temporaryFolder();
  await new Promise<void>((done) => hook.listen(0, '127.0.0.1', done));
  host = `127.0.0.1:${(hook.address() as AddressInfo).port}`;
  const config = { ...configFor(folder.path), webhook_hosts: [host] };
  parts = await openParts({ config, log: quietLog, now: () => clock, web: folder.path });
});
afterAll(async () => {
  await parts.close();
  hook.close();
  await folder.remove();
});

const send = async <T>(path: string, method = 'GET', body?: string): Promise<T> => {
  const headers = { host: '127.0.0.1:4318', 'content-type': 'application/json' };
  const init = { method, headers, ...(body === undefined ? {} : { body }) };
  const response = await parts.app.request(`http://127.0.0.1:4318${path}`, init);
  expect(response.ok, `${path} ${await response.clone().text()}`).toBe(true);
  return (await response.json()) as T;
};
const post = <T>(path: string, body: object = {}): Promise<T> =>
  send(path, 'POST', JSON.stringify(body));
/** Evaluates, and waits until so many messages came. */
const evaluated = async (messages: number): Promise<void> => {
  await parts.store.settleAll();
  await post('/api/v1/alerts/evaluate');
  await expect.poll(() => got.length, { timeout: 10_000 }).toBe(messages);
};
const spans = (trace: string, at: number, fingerprint?: string): TestSpan[] => [
  {
    trace: trace.repeat(32),
    span: '1000000000000001',
    name: 'execute_tool search',
    at,
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'search',
      'gen_ai.agent.name': 'booker',
      'footprint.session.id': `s-${trace}`,
      ...(fingerprint === undefined ? {} : { 'footprint.credential.fingerprint': fingerprint }),
    },
  },
];
const issued = (at: number): TestSpan => ({
  trace: 'a'.repeat(32),
  span: '1000000000000002',
  parent: '1000000000000001',
  name: 'issue_credential oauth_access_token',
  at,
  attributes: {
    'footprint.schema': 1,
    'gen_ai.agent.name': 'booker',
    'footprint.session.id': 's-a',
    'footprint.credential.fingerprint': 'fp_late',
    'footprint.credential.type': 'oauth_access_token',
    'footprint.credential.issued_at': new Date(at).toISOString(),
    'footprint.credential.expires_at': new Date(at + HOUR).toISOString(),
  },
});
interface Listed {
  rows: { id: string; rule: string; state: string; muted_until: string | null }[];
}

it('a late use fires, reaches a webhook signed, is muted, and its recovery is told', async () => {
  const { signing_secret } = await post<{ signing_secret: string }>(
    '/api/v1/reports/destinations',
    { kind: 'webhook', name: 'pager', url: `http://${host}/`, alerts: true },
  );
  const told = [...spans('a', clock - HOUR, 'fp_late'), issued(clock - 3 * HOUR)];
  await send('/v1/traces', 'POST', otlpJson(told));
  await expect.poll(() => parts.store.state(), { timeout: 10_000 }).toMatchObject({ spans: 2 });
  await evaluated(1);
  const [{ headers, body } = { headers: {}, body: '' }] = got;
  expect(JSON.parse(body)).toMatchObject({
    text: expect.stringContaining('a token of booker was used 1 time after its end') as string,
    message: { rule: 'token_used_after_end', kind: 'firing' },
  });
  const time = String(headers['footprint-time']);
  expect(headers['footprint-signature']).toBe(signatureOf(signing_secret, time, body));
  const firing = await send<Listed>('/api/v1/alerts');
  const alert = firing.rows.find(({ rule }) => rule === 'token_used_after_end');
  expect(alert).toMatchObject({ state: 'firing', muted_until: null });
  const until = new Date(clock + 5 * DAY).toISOString();
  await post(`/api/v1/alerts/${alert?.id ?? ''}/mute`, { until, reason: 'rotating keys' });
  clock += DAY;
  await send('/v1/traces', 'POST', otlpJson(spans('b', clock - HOUR)));
  await expect.poll(() => parts.store.state(), { timeout: 10_000 }).toMatchObject({ spans: 3 });
  await evaluated(2);
  expect(JSON.parse(got[1]?.body ?? '')).toMatchObject({
    text: expect.stringContaining('1 recovered') as string,
  });
  const after = await send<Listed>('/api/v1/alerts');
  expect(after.rows.filter(({ rule }) => rule === 'token_used_after_end')).toEqual([]);
});
