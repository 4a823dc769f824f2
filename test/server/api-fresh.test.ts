// Answers that a client has already: 304 by commit, another answer when there is one; and cursors that nobody made up.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Parts } from '../../server/main.ts';
import { agentTrace, openTestParts, otlpJson, temporaryFolder } from './served.ts';

const BASE = 'http://127.0.0.1:4318';
const HOUR = 3600_000;
const TRACE = 'fe'.repeat(16);
const START = Date.now() - 5 * HOUR;
const WINDOW = `since=${new Date(START - HOUR).toISOString()}&until=${new Date(START + HOUR).toISOString()}`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let parts: Parts;

const get = (path: string, etag?: string): Promise<Response> =>
  Promise.resolve(
    parts.app.request(`${BASE}${path}`, {
      headers: etag === undefined ? {} : { 'if-none-match': etag },
    }),
  );
const send = async (trace: string, at: number): Promise<void> => {
  await parts.app.request(`${BASE}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: otlpJson(agentTrace(trace, at)),
  });
  await parts.store.settleAll();
};

beforeAll(async () => {
  folder = await temporaryFolder();
  parts = await openTestParts(folder.path);
  await send(TRACE, START);
});
afterAll(async () => {
  await parts.close();
  await folder.remove();
});

const PATHS = [
  `/api/v1/environments`,
  `/api/v1/overview?${WINDOW}`,
  `/api/v1/health/telemetry?${WINDOW}`,
  `/api/v1/agents?${WINDOW}`,
  `/api/v1/surface?${WINDOW}`,
  `/api/v1/agents/booker/history?${WINDOW}`,
  `/api/v1/tokens/summary?${WINDOW}`,
  `/api/v1/decisions?${WINDOW}`,
  `/api/v1/sessions/s-fefe`,
  `/api/v1/traces/${TRACE}`,
];

describe('an answer that did not change', () => {
  it.each(PATHS)('%s is not sent again', async (path) => {
    const first = await get(path);
    const etag = first.headers.get('etag') ?? '';
    expect([first.status, etag]).toEqual([200, expect.stringMatching(/^"\d+-\w+-\w+"$/)]);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    for (const sent of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await get(path, sent);
      expect([again.status, await again.text()]).toEqual([304, '']);
      expect(again.headers.get('etag')).toBe(etag);
      expect(again.headers.get('x-request-id')).not.toBeNull();
    }
  });

  it('of another question is sent all the same', async () => {
    const etag = (await get(PATHS[0] ?? '')).headers.get('etag') ?? '';
    const other = await get(`/api/v1/sessions?${WINDOW}`, etag);
    expect(other.status).toBe(200);
    expect((await get(`/api/v1/agents?${WINDOW}&colour=red`, etag)).status).toBe(400);
  });

  it('is not sent after a commit that does not touch it, and is after one that does', async () => {
    const decisions = `/api/v1/decisions?${WINDOW}`;
    const trace = `/api/v1/traces/${TRACE}`;
    const before = await Promise.all([get(decisions), get(trace)]);
    const [decided = '', traced = ''] = before.map((answer) => answer.headers.get('etag') ?? '');
    await send('fd'.repeat(16), START + 60_000);
    const [after, same] = await Promise.all([get(decisions, decided), get(trace, traced)]);
    expect([after.status, same.status]).toEqual([200, 304]);
    const body = (await after.json()) as { rows: unknown[] };
    expect(body.rows).toHaveLength(4);
    expect(after.headers.get('etag')).not.toBe(decided);
  });

  it('is a matter of answers alone: refusals, exports and changes carry no tag', async () => {
    const answers = await Promise.all([
      get('/api/v1/traces/zz'),
      get(`/api/v1/decisions?${WINDOW}&format=csv`),
      get('/api/v1/none'),
    ]);
    expect(answers.map(({ headers }) => headers.get('etag'))).toEqual([null, null, null]);
    expect(answers[1]?.headers.get('cache-control')).toBe('no-store');
  });
});

describe('a cursor', () => {
  const LISTS = [
    'environments',
    'agents',
    'surface',
    'agents/booker/history',
    'agents/booker/drift',
    'tokens',
    'tokens/agents',
    'tokens/survival',
    'decisions',
    'decisions/buckets',
    'decisions/facets',
    'sessions',
  ];
  const NAMES: Record<string, string> = { 'agents/booker/history': 'history' };

  it.each(LISTS)(
    'that was made up for /%s is refused and never reaches a question',
    async (list) => {
      const query = NAMES[list] ?? list.replace('tokens/', 'token_').replace('/', '_');
      for (const key of [
        '',
        'x',
        '\u001f',
        'not a number\u001fab',
        '99999999999999999999\u001fab',
      ]) {
        const check = createHash('sha256').update(`${query}\n${key}`).digest('hex').slice(0, 16);
        for (const made of [check + key, `${'0'.repeat(16)}${key}`, key]) {
          const cursor = Buffer.from(made).toString('base64url') || 'A';
          const window = list === 'environments' ? '' : `${WINDOW}&`;
          const answer = await get(`/api/v1/${list}?${window}cursor=${cursor}`);
          expect([
            answer.status,
            ((await answer.json()) as { error: { code: string } }).error.code,
          ]).toEqual([400, 'bad_param']);
        }
      }
    },
  );

  it('goes on from where it was given, in a later server on the same folder too', async () => {
    const path = `/api/v1/decisions?${WINDOW}&limit=1`;
    const { next_cursor } = (await (await get(path)).json()) as { next_cursor: string };
    const page = await (await get(`${path}&cursor=${next_cursor}`)).text();
    await parts.close();
    parts = await openTestParts(folder.path);
    expect(await (await get(`${path}&cursor=${next_cursor}`)).text()).toBe(page);
    const bent = next_cursor.replace(/^.{10}/, (head) => head.split('').reverse().join(''));
    expect((await get(`${path}&cursor=${bent}`)).status).toBe(400);
  });
});
