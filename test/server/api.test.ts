// The API on a real store with spans that came in over HTTP: answers hold to the contract, bad input is named, lists page and stream.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import * as contract from '../../server/api/contract.ts';
import type { Parts } from '../../server/main.ts';
import { agentTrace, openTestParts, otlpJson, temporaryFolder } from './served.ts';

const BASE = 'http://127.0.0.1:4318';
const HOUR = 3600_000;
const TRACES = Array.from(
  { length: 5 },
  (_, i) => `${'abcdef0123456789'.repeat(2).slice(0, 31)}${i}`,
);
/** Whole seconds, so that instants read the same everywhere. */
const START = Math.floor(Date.now() / 1000) * 1000 - 5 * HOUR;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let parts: Parts;

const request = (path: string, init?: RequestInit): Promise<Response> =>
  Promise.resolve(parts.app.request(`${BASE}${path}`, init));
const get = async (path: string): Promise<unknown> => {
  const response = await request(path);
  const body: unknown = await response.json();
  expect([path, response.status, response.ok ? null : body]).toEqual([path, 200, null]);
  return body;
};
const rowsOf = async (path: string): Promise<Record<string, unknown>[]> =>
  v.parse(v.object({ rows: v.array(v.record(v.string(), v.unknown())) }), await get(path)).rows;

beforeAll(async () => {
  folder = await temporaryFolder();
  parts = await openTestParts(folder.path);
  for (const [i, trace] of TRACES.entries()) {
    const response = await request('/v1/traces', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: otlpJson(agentTrace(trace, START + i * HOUR)),
    });
    expect([response.status, await response.json()]).toEqual([200, {}]);
  }
  await parts.store.settleAll();
});
afterAll(async () => {
  await parts.close();
  await folder.remove();
});

const LISTS: [string, v.GenericSchema][] = [
  ['/api/v1/environments', contract.environmentRow],
  ['/api/v1/agents', contract.agentRow],
  ['/api/v1/surface', contract.surfaceRow],
  ['/api/v1/agents/booker/surface', contract.surfaceRow],
  ['/api/v1/agents/booker/history', contract.historyRow],
  ['/api/v1/agents/booker/drift', contract.driftRow],
  ['/api/v1/tokens', contract.tokenRow],
  ['/api/v1/tokens/agents', contract.tokenAgentRow],
  ['/api/v1/tokens/survival', contract.survivalRow],
  ['/api/v1/decisions', contract.decisionRow],
  ['/api/v1/decisions/buckets', contract.decisionBucketRow],
  ['/api/v1/decisions/facets', contract.facetRow],
  ['/api/v1/sessions', contract.sessionRow],
];
const SINGLES: [string, v.GenericSchema][] = [
  ['/api/v1/overview', contract.overview],
  ['/api/v1/overview/history', contract.overviewHistory],
  // Nothing was held seven days before the first telemetry.
  ['/api/v1/agents/before', contract.page(contract.agentBeforeRow)],
  ['/api/v1/health/telemetry', contract.telemetryHealth],
  ['/api/v1/tokens/summary', contract.tokenSummary],
  [`/api/v1/sessions/s-${TRACES[0]?.slice(-4) ?? ''}`, contract.sessionDetail],
  [`/api/v1/traces/${TRACES[0] ?? ''}`, contract.traceDetail],
];

describe('answers', () => {
  it.each(LISTS)('%s is a page of what the contract says', async (path, row) => {
    const answer = v.parse(contract.page(row), await get(path));
    expect(answer.rows.length).toBeGreaterThan(0);
    expect(await get(path)).toEqual(answer);
  });

  it.each(SINGLES)('%s is what the contract says', async (path, schema) => {
    const body = await get(path);
    expect(v.parse(schema, body)).toEqual(body);
  });

  it('tell granted from used, allowed from denied, and the life of the token', async () => {
    const surface = await rowsOf('/api/v1/agents/booker/surface');
    const told = new Map(surface.map((row) => [row['permission'], row]));
    expect(told.get('tool:search_flights')).toMatchObject({ uses: 5, denials: 0 });
    expect(told.get('tool:delete_booking')).toMatchObject({ uses: 0 });
    expect(told.get('oauth:calendar.write')).toMatchObject({ uses: 0, denials: 5 });
    expect(await rowsOf('/api/v1/decisions?effect=deny')).toHaveLength(5);
    expect(await rowsOf('/api/v1/decisions?not_effect=deny&agent=booker')).toHaveLength(5);
    expect(await rowsOf('/api/v1/decisions?agent=nobody')).toEqual([]);
    expect(await rowsOf(`/api/v1/tokens?fingerprint=f-${TRACES[0] ?? ''}`)).toMatchObject([
      { life_s: 3600, uses: 1, scopes: ['calendar.read', 'calendar.write'] },
    ]);
  });
});

describe('lists', () => {
  it('come whole and in order page by page', async () => {
    const whole = await rowsOf('/api/v1/decisions');
    const paged: unknown[] = [];
    let cursor: string | null = '';
    let pages = 0;
    while (cursor !== null) {
      const path = `/api/v1/decisions?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const answer: unknown = await get(path);
      const page = v.parse(contract.page(contract.decisionRow), answer);
      expect(page.truncated).toBe(page.next_cursor !== null);
      paged.push(...page.rows);
      cursor = page.next_cursor;
      pages += 1;
    }
    expect([pages, whole.length]).toEqual([4, 10]);
    expect(paged).toEqual(whole);
  });

  it('honour the window at both edges', async () => {
    const at = (ms: number): string => encodeURIComponent(new Date(ms).toISOString());
    const first = START + 20;
    const within = `since=${at(first)}&until=${at(first + 10)}`;
    expect(await rowsOf(`/api/v1/decisions?${within}`)).toHaveLength(1);
    expect(
      await rowsOf(`/api/v1/decisions?since=${at(first + 1)}&until=${at(first + 10)}`),
    ).toEqual([]);
  });

  it('stream the whole set as CSV with formulas defused, whatever the page', async () => {
    const response = await request('/api/v1/decisions?format=csv&limit=1');
    const lines = (await response.text()).trimEnd().split('\r\n');
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(lines[0]?.split(',').slice(0, 3)).toEqual(['decision_id', 'occurred_at', 'agent']);
    expect(lines).toHaveLength(11);
    expect(lines.filter((line) => line.includes(",'=cmd(),"))).toHaveLength(5);
  });

  it('stream the same rows as JSON lines', async () => {
    const text = await (await request('/api/v1/sessions?format=jsonl')).text();
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines).toEqual(await rowsOf('/api/v1/sessions'));
  });
});

describe('bad input', () => {
  it.each([
    ['/api/v1/decisions?colour=red', 400, 'bad_param', 'param "colour" is unknown here'],
    ['/api/v1/decisions?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z', 400, 'bad_param'],
    ['/api/v1/agents/booker/surface?agent=other', 400, 'bad_param'],
    ['/api/v1/agents?cursor=AAAA', 400, 'bad_param'],
    ['/api/v1/decisions?cursor=bm9uc2Vuc2U', 400, 'bad_param'],
    ['/api/v1/sessions?cursor=bm9uc2Vuc2U', 400, 'bad_param'],
    ['/api/v1/tokens?sort=nonsense', 400, 'bad_param'],
    ['/api/v1/traces/123', 400, 'bad_param'],
    [`/api/v1/traces/${'0'.repeat(32)}`, 404, 'not_found'],
    ['/api/v1/sessions/none', 404, 'not_found'],
    ['/api/v1/none', 404, 'not_found'],
    ['//api/v1/agents', 404, 'not_found'],
    ['/api%2Fv1/agents', 404, 'not_found'],
  ])('%s is answered %d %s', async (path, status, code, message = '') => {
    const response = await request(path);
    const body = v.parse(contract.errorBody, await response.json());
    expect([response.status, body.error.code]).toEqual([status, code]);
    expect(body.error.message).toContain(message);
    expect(body.error.request_id).toBe(response.headers.get('x-request-id'));
  });

  it.each(["' or 1=1 --", '%', '\\', '\u202e', '"; drop table spans; --', '$agent'])(
    'the value %j is only a value',
    async (value) => {
      const text = encodeURIComponent(value);
      expect(await rowsOf(`/api/v1/agents?agent=${text}`)).toEqual([]);
      expect((await request(`/api/v1/decisions?search=${text}`)).status).toBe(200);
      expect((await request(`/api/v1/sessions/${text}`)).status).toBe(404);
    },
  );

  it('a wrong method is told the right ones', async () => {
    const response = await request('/api/v1/agents', { method: 'DELETE' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
  });
});

describe('grants from elsewhere', () => {
  const put = async (agent: string, body: unknown, type = 'application/json') =>
    request(`/api/v1/agents/${agent}/grants`, {
      method: 'PUT',
      headers: { 'content-type': type },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const granted = async (agent: string): Promise<unknown[]> =>
    (await rowsOf(`/api/v1/surface?agent=${agent}&granted=true`)).map((row) => row['permission']);

  it('show at once, and the same source replaces what it said before', async () => {
    const first = await put('cleaner', {
      source: 'roles',
      source_ref: 'role/cleaner',
      permissions: [{ permission: 'aws:s3:GetObject' }, { permission: 'aws:s3:DeleteObject' }],
    });
    const answer = v.parse(contract.grantsAnswer, await first.json());
    expect([first.status, answer.permissions]).toEqual([200, 2]);
    expect((await granted('cleaner')).sort()).toEqual(['aws:s3:DeleteObject', 'aws:s3:GetObject']);
    await put('cleaner', { source: 'roles', permissions: [{ permission: 'aws:s3:GetObject' }] });
    expect(await granted('cleaner')).toEqual(['aws:s3:GetObject']);
  });

  it('are folded where told twice, and keep their instant while they go on', async () => {
    const read = { permission: 'crm:read' };
    const put_both = { source: 'crm', permissions: [read, read, { permission: 'crm:list' }] };
    const seen = async (): Promise<unknown[]> =>
      (await rowsOf('/api/v1/surface?agent=folder')).map((row) => [
        row['permission'],
        row['granted'],
        row['granted_at'],
      ]);
    const put_now = async (body: object): Promise<string> =>
      v.parse(contract.grantsAnswer, await (await put('folder', body)).json()).granted_at;
    const first = v.parse(contract.grantsAnswer, await (await put('folder', put_both)).json());
    expect(first.permissions).toBe(2);
    await put_now(put_both);
    const without = await put_now({ source: 'crm', permissions: [read] });
    expect((await seen()).find((row) => (row as unknown[])[0] === 'crm:read')).toEqual([
      'crm:read',
      true,
      first.granted_at,
    ]);
    expect(without >= first.granted_at).toBe(true);
    const back = await put_now(put_both);
    expect(await seen()).toEqual([
      ['crm:list', true, back],
      ['crm:read', true, first.granted_at],
    ]);
  });

  it.each([
    ['{"source":"s"}', 'permissions is missing'],
    ['{"source":"s","permissions":["a"]}', 'permissions.0 must be an object'],
    [
      '{"source":"s","permissions":[{"permission":"a"},{"permission":"b\\u0000"}]}',
      'permissions.1.permission must not hold control characters',
    ],
    [
      '{"source":"s","permissions":[{"permission":" "}]}',
      'permissions.0.permission must not be blank',
    ],
    ['{"source":"s","permissions":[{"permission":7}]}', 'permissions.0.permission must be a text'],
    ['{"source":"s","permissions":[],"workspace":"w"}', 'workspace is not known here'],
  ])('%s is refused in words: %s', async (body, message) => {
    const error = v.parse(contract.errorBody, await (await put('x', body)).json());
    expect(error.error.message).toBe(message);
  });

  it.each([
    ['{', 'application/json', 400, 'bad_request'],
    ['[]', 'application/json', 400, 'bad_request'],
    ['{"source":"s"}', 'application/json', 400, 'bad_request'],
    ['{"source":"","permissions":[]}', 'application/json', 400, 'bad_request'],
    ['{"source":"s","permissions":[{}]}', 'application/json', 400, 'bad_request'],
    ['{"source":"s","permissions":[],"workspace":"w"}', 'application/json', 400, 'bad_request'],
    ['source=s', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
  ])('%s as %s is refused with %d', async (body, type, status, code) => {
    const response = await put('x', body, type);
    const error = v.parse(contract.errorBody, await response.json());
    expect([response.status, error.error.code]).toEqual([status, code]);
  });
});
