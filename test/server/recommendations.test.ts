// The life of a recommendation over the API of a real server: acted on, audited, and found verified or regressed in what comes after.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RecommendationDetail, RecommendationRow } from '../../server/api/contract.ts';
import { undoOf } from '../../server/api/recommendation-words.ts';
import type { Parts } from '../../server/main.ts';
import { openTestParts, otlpJson, temporaryFolder, type TestSpan } from './served.ts';

const HOUR = 3_600_000;
const SESSIONS = 180;
const TOOLS = ['read_mail', 'read_files', 'read_calendar'];

let parts: Parts;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  parts = await openTestParts(folder.path);
  await send('reader', SESSIONS, TOOLS, 'read_calendar');
});
afterAll(async () => {
  await parts.close();
  await folder.remove();
});

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
let serial = 0;

/** Sessions over the last 88 days that are offered all tools and call one of them. */
const send = async (
  agent: string,
  sessions: number,
  tools: readonly string[],
  used: string,
  first = Date.now() - 88 * 24 * HOUR,
): Promise<void> => {
  const step = (Date.now() - first) / sessions;
  const spans = Array.from({ length: sessions }, (_, i): TestSpan[] => {
    serial += 1;
    const trace = hex(serial, 32);
    const at = Math.floor(first + (i + 0.5) * step);
    return [
      {
        trace,
        span: hex(serial * 2, 16),
        name: 'invoke_agent',
        at,
        ms: 900,
        attributes: {
          'gen_ai.operation.name': 'invoke_agent',
          'gen_ai.agent.name': agent,
          'gen_ai.conversation.id': `${agent}-${serial}`,
          'gen_ai.tool.definitions': JSON.stringify(tools.map((name) => ({ name }))),
        },
      },
      {
        trace,
        span: hex(serial * 2 + 1, 16),
        parent: hex(serial * 2, 16),
        name: `execute_tool ${used}`,
        at: at + 100,
        attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': used },
      },
    ];
  }).flat();
  const answer = await parts.app.request('/v1/traces', {
    method: 'POST',
    headers: { 'content-type': 'application/json', host: '127.0.0.1' },
    body: otlpJson(spans),
  });
  expect(answer.status).toBe(200);
  await parts.store.settleAll();
};

const get = async <T>(path: string): Promise<T> => {
  const answer = await parts.app.request(`/api/v1${path}`, { headers: { host: '127.0.0.1' } });
  return (await answer.json()) as T;
};
const listed = async (query = ''): Promise<RecommendationRow[]> =>
  (await get<{ rows: RecommendationRow[] }>(`/recommendations?agent=reader${query}`)).rows;
const act = (id: string, body: unknown, type = 'application/json'): Promise<Response> =>
  Promise.resolve(
    parts.app.request(`/api/v1/recommendations/${id}/state`, {
      method: 'POST',
      headers: { 'content-type': type, host: '127.0.0.1' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  );
const idOf = async (permission: string): Promise<string> =>
  (await listed()).find((row) => row.permission === permission)?.recommendation_id ?? '';

describe('the undo', () => {
  it.each([
    [['roles'], ['infra/p.json:11', 'b.json:2'], ', through roles at infra/p.json:11, b.json:2'],
    [[], ['infra/p.json:11'], ' at infra/p.json:11'],
    [[], [], ''],
  ])('of a grant by %j at %j names both', (granted_by, source_ref, told) => {
    const about = { kind: 'remove_permission', agent: 'desk', permission: 'crm:read' };
    const row = { ...about, resource_pattern: '*', granted_by, source_ref };
    expect(undoOf(row)).toBe(`Grant crm:read on * to desk again${told}.`);
  });
});

describe('a recommendation', () => {
  it('is open, with its numbers, its replay and how it is undone', async () => {
    const rows = await listed();
    expect(rows.map(({ kind, permission, state }) => [kind, permission, state])).toEqual([
      ['remove_permission', 'tool:read_files', 'open'],
      ['remove_permission', 'tool:read_mail', 'open'],
    ]);
    const id = await idOf('tool:read_mail');
    const detail = await get<RecommendationDetail>(`/recommendations/${id}`);
    // The window that is judged steps on now and then; within one step the list says the same.
    await vi.waitFor(async () => {
      const { recommendation } = await get<RecommendationDetail>(`/recommendations/${id}`);
      expect(recommendation).toEqual((await listed())[1]);
    });
    expect(detail.replay).toMatchObject({ calls: 0, calls_lost: 0, sessions_lost: 0 });
    expect(detail.instruction).toBeNull();
    expect(detail.undo).toBe('Grant tool:read_mail on * to reader again, through tool_list.');
    expect(await get(`/recommendations/${id}/replay`)).toEqual({
      rows: [],
      next_cursor: null,
      truncated: false,
    });
  });

  it('is accepted, announced for a week, and asked first for two, each act in the audit log', async () => {
    const id = await idOf('tool:read_mail');
    for (const [state, days] of [
      ['accepted', null],
      ['announced', 7],
      ['asked_first', 14],
    ] as const) {
      const answer = await act(id, { state, reason: `because of ${state}` });
      expect(answer.status).toBe(200);
      const row = (await answer.json()) as RecommendationRow;
      expect(row).toMatchObject({
        state,
        state_actor: 'local',
        state_reason: `because of ${state}`,
      });
      const wait = Date.parse(row.due_at ?? '') - Date.parse(row.state_since ?? '');
      if (days === null) expect(row.due_at).toBeNull();
      else expect(wait).toBe(days * 24 * HOUR);
    }
    const acts = await parts.control.acts({ workspace: 'default', limit: 10 });
    expect(acts.map(({ action, detail }) => [action, detail['before'], detail['state']])).toEqual([
      ['recommendation.state', 'announced', 'asked_first'],
      ['recommendation.state', 'accepted', 'announced'],
      ['recommendation.state', 'open', 'accepted'],
    ]);
    expect(await parts.control.firstAlteredAct()).toBeNull();
  });

  it('is dismissed for a time with a reason, and filtered by its state', async () => {
    const id = await idOf('tool:read_files');
    expect((await act(id, { state: 'dismissed' })).status).toBe(400);
    expect((await act(id, { state: 'dismissed', reason: 'quarter end', days: 30 })).status).toBe(
      200,
    );
    expect((await listed('&state=open')).length).toBe(0);
    expect((await listed('&state=dismissed')).map((row) => row.recommendation_id)).toEqual([id]);
  });

  it.each([
    [{ state: 'removed' }, 404, 'no-such-id'],
    [{ state: 'verified' }, 400, null],
    [{ state: 'removed', more: 1 }, 400, null],
    [{ state: 'removed', days: 3 }, 400, null],
    ['{', 400, null],
    [{ state: 'accepted' }, 409, null],
    [{ state: 'removed', digest: 'of another evidence' }, 409, null],
    [{ state: 'dismissed', reason: 'x', days: 366 }, 400, null],
    [{ state: 'dismissed', reason: 'x'.repeat(1001) }, 400, null],
  ])('refuses %j with %i', async (body, status, other) => {
    const id = other ?? (await idOf('tool:read_mail'));
    const answer = await act(id, body);
    expect(answer.status).toBe(status);
    const { error } = (await answer.json()) as { error: { message: string } };
    expect(error.message.length).toBeGreaterThan(5);
  });

  it('refuses what is no JSON by its type', async () => {
    expect(
      (await act(await idOf('tool:read_mail'), { state: 'removed' }, 'text/plain')).status,
    ).toBe(415);
  });

  it('is regressed where it is held again after it was removed', async () => {
    const id = await idOf('tool:read_mail');
    expect((await act(id, { state: 'removed' })).status).toBe(200);
    expect((await listed()).find((row) => row.recommendation_id === id)?.state).toBe('removed');
    await new Promise((resolve) => setTimeout(resolve, 20));
    await send('reader', 1, TOOLS, 'read_calendar', Date.now() - 4);
    expect((await listed()).find((row) => row.recommendation_id === id)?.state).toBe('regressed');
  });

  it('counts how often it was taken back', async () => {
    const id = await idOf('tool:read_mail');
    const row = (await (await act(id, { state: 'restored', reason: 'needed' })).json()) as {
      state: string;
      restores: number;
    };
    expect(row).toMatchObject({ state: 'restored', restores: 1 });
    expect(await get('/recommendations/regret')).toMatchObject({
      rows: [{ kind: 'remove_permission', applied: 1, restored: 1, regret: 1, strictness: 0.9 }],
    });
  });

  it('is what it was after a restart', async () => {
    // Time goes on meanwhile, and what is held is held for longer.
    const told = async () => (await listed()).map((row) => ({ ...row, privilege_seconds: null }));
    const before = await told();
    await parts.close();
    parts = await openTestParts(folder.path);
    expect(await told()).toEqual(before);
  });
});
