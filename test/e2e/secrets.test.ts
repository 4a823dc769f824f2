// 500 planted secrets through the running server: none may come out anywhere.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesBelow } from './kept-bytes.ts';
import { plantedRequests } from './planted.ts';
import type { RunningServer } from './server.ts';
import { startServer } from './server.ts';

const PLANTED = 500;
let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.remove());

it('lets no planted secret into a file, a log, an answer or an export', async () => {
  const { requests, needles } = plantedRequests(PLANTED);
  expect(needles.length).toBeGreaterThanOrEqual(PLANTED);
  let spans = 0;
  const answers: string[] = [];
  for (const { type, body, count } of requests)
    for (const gzip of [false, true]) {
      const headers = { 'content-type': type, ...(gzip ? { 'content-encoding': 'gzip' } : {}) };
      const sent = await fetch(`${server.url}/v1/traces`, {
        method: 'POST',
        headers,
        body: new Uint8Array(gzip ? gzipSync(body) : body),
      });
      expect(sent.status).toBe(200);
      answers.push(await sent.text());
      spans += gzip ? 0 : count;
    }
  await expect
    .poll(async () => (await server.get<{ spans: number }>('/api/v1/health/telemetry')).spans, {
      timeout: 30_000,
    })
    .toBe(spans);
  // What came twice was redacted twice, to the same: no span conflicts with itself.
  const health = await server.get<{ conflicts: number }>('/api/v1/health/telemetry');
  expect(health.conflicts).toBe(0);
  const tokens = await server.rows<{ fingerprint: string }>('/api/v1/tokens');
  const made = tokens.filter(({ fingerprint }) => /^fp_[0-9a-f]{32}$/.test(fingerprint));
  expect(made.length).toBeGreaterThan(PLANTED / 25);
  const sessions = await server.rows<{ session: string; trace_id: string }>('/api/v1/sessions');
  expect(sessions.length).toBeGreaterThan(0);
  const paths = [
    ...['agents', 'surface', 'tokens', 'decisions', 'sessions', 'overview', 'decisions/facets'],
    ...['agents?format=csv', 'tokens?format=jsonl', 'decisions?format=csv', 'sessions?format=csv'],
    ...sessions.map(({ trace_id }) => `traces/${trace_id}`),
  ];
  for (const path of paths)
    answers.push(await (await fetch(`${server.url}/api/v1/${path}`)).text());
  await server.stop();
  const kept = [
    ...bytesBelow(server.data),
    ...answers.map((answer) => Buffer.from(answer)),
    Buffer.from(server.said()),
  ];
  // What was sent beside the secrets must be found, in the journal's compressed records too.
  const readable = kept.filter((bytes) => bytes.includes('gen_ai.operation.name'));
  expect(readable.length).toBeGreaterThanOrEqual(PLANTED / 25);
  const leaked = needles.filter((needle) => kept.some((bytes) => bytes.includes(needle)));
  expect(leaked).toEqual([]);
});
