// Exemptions and quarantines over the API of a real server: what they change, what they refuse, and that they are audited.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExemptionRow, QuarantineRow, SurfaceRow } from '../../server/api/contract.ts';
import type { Parts } from '../../server/main.ts';
import { openTestParts, otlpJson, temporaryFolder, type TestSpan } from './served.ts';

const HOUR = 3_600_000;
const TOOLS = ['read_mail', 'read_files', 'read_calendar', 'delete_files'];
const SESSIONS = 200;
/** The session in which content told the agent to read files. */
const INJECTED = 'assistant-90';

let parts: Parts;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');

beforeAll(async () => {
  folder = await temporaryFolder();
  parts = await openTestParts(folder.path);
  const first = Date.now() - 95 * 24 * HOUR;
  const spans = Array.from({ length: SESSIONS }, (_, i): TestSpan[] => {
    const trace = hex(i + 1, 32);
    const at = Math.floor(first + (i + 0.5) * ((95 * 24 * HOUR) / SESSIONS));
    const session = `assistant-${i}`;
    const call = (tool: string, n: number): TestSpan => ({
      trace,
      span: hex((i + 1) * 10 + n, 16),
      parent: hex((i + 1) * 10, 16),
      name: `execute_tool ${tool}`,
      at: at + n,
      attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool },
    });
    return [
      {
        trace,
        span: hex((i + 1) * 10, 16),
        name: 'invoke_agent',
        at,
        ms: 900,
        attributes: {
          'gen_ai.operation.name': 'invoke_agent',
          'gen_ai.agent.name': 'assistant',
          'gen_ai.conversation.id': session,
          'gen_ai.tool.definitions': JSON.stringify(TOOLS.map((name) => ({ name }))),
        },
      },
      call('read_calendar', 1),
      ...(session === INJECTED ? [call('read_files', 2)] : []),
    ];
  }).flat();
  const answer = await request('/v1/traces', 'POST', otlpJson(spans));
  expect(answer.status).toBe(200);
  await parts.store.settleAll();
});
afterAll(async () => {
  await parts.close();
  await folder.remove();
});

const request = (path: string, method: string, body?: string): Promise<Response> =>
  Promise.resolve(
    parts.app.request(path, {
      method,
      headers: { 'content-type': 'application/json', host: '127.0.0.1' },
      ...(body === undefined ? {} : { body }),
    }),
  );
const say = (path: string, method: string, body: unknown): Promise<Response> =>
  request(`/api/v1${path}`, method, JSON.stringify(body));
const rows = async <T>(path: string): Promise<T[]> =>
  ((await (await request(`/api/v1${path}`, 'GET')).json()) as { rows: T[] }).rows;
const permission = async (name: string): Promise<SurfaceRow | undefined> =>
  (await rows<SurfaceRow>('/agents/assistant/surface')).find((row) => row.permission === name);
const proposed = async (): Promise<string[]> =>
  (await rows<{ kind: string; permission: string }>('/agents/assistant/recommendations')).map(
    (row) => `${row.kind} ${row.permission}`,
  );

const SESSION = { agent: 'assistant', session: INJECTED };

describe('a use under quarantine', () => {
  it('is no evidence of need, and both verdicts are shown', async () => {
    expect(await permission('tool:read_files')).toMatchObject({ verdict: 'rare', uses: 1 });
    expect(await proposed()).toContain('just_in_time tool:read_files');
    const reason = 'told by the content of a mail';
    const answer = await say('/quarantines', 'PUT', {
      ...SESSION,
      permission: 'tool:read_files',
      reason,
    });
    expect(answer.status).toBe(200);
    expect(await permission('tool:read_files')).toMatchObject({
      verdict: 'unused',
      verdict_with_quarantined: 'rare',
      uses: 0,
      quarantined_uses: 1,
    });
    expect(await proposed()).toContain('remove_permission tool:read_files');
  });

  it('leaves the other uses of its session as they are', async () => {
    expect(await permission('tool:read_calendar')).toMatchObject({
      verdict: 'used',
      verdict_with_quarantined: null,
      quarantined_uses: 0,
    });
  });

  it('is listed with its reason, and stands after a restart', async () => {
    await parts.close();
    parts = await openTestParts(folder.path);
    expect(await rows<QuarantineRow>('/quarantines')).toMatchObject([
      { ...SESSION, environment: 'default', permission: 'tool:read_files' },
    ]);
    expect((await permission('tool:read_files'))?.verdict).toBe('unused');
  });

  it('counts again when it is lifted', async () => {
    const key = { ...SESSION, permission: 'tool:read_files' };
    expect((await say('/quarantines', 'DELETE', key)).status).toBe(200);
    expect(await permission('tool:read_files')).toMatchObject({ verdict: 'rare', uses: 1 });
    expect((await say('/quarantines', 'DELETE', key)).status).toBe(404);
  });

  it('may be a whole session', async () => {
    expect((await say('/quarantines', 'PUT', { ...SESSION, reason: 'x' })).status).toBe(200);
    expect(await permission('tool:read_calendar')).toMatchObject({ quarantined_uses: 1 });
    expect((await permission('tool:read_files'))?.verdict).toBe('unused');
    expect((await say('/quarantines', 'DELETE', SESSION)).status).toBe(200);
  });
});

describe('an exempt permission', () => {
  const MAIL = { agent: 'assistant', permission: 'tool:read_mail' };
  const REASON = { owner: 'ada', reason: 'used at the quarter’s end', days: 30 };

  it('is not judged until its end, and nothing is proposed for it', async () => {
    expect(await proposed()).toContain('remove_permission tool:read_mail');
    const answer = await say('/exemptions', 'PUT', { ...MAIL, ...REASON });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ ...MAIL, in_force: true, broad: false });
    const row = await permission('tool:read_mail');
    expect(row).toMatchObject({
      verdict: 'exempt',
      verdict_reason: expect.stringContaining('by ada') as unknown,
    });
    expect(Date.parse(row?.exempt_until ?? '') - Date.now()).toBeGreaterThan(29 * 24 * HOUR);
    expect(await proposed()).not.toContain('remove_permission tool:read_mail');
  });

  it('counts as undetermined in the index: its upper end', async () => {
    const [agent] = await rows<{ excess_index: number; excess_index_max: number }>(
      '/agents?agent=assistant',
    );
    expect(agent?.excess_index_max).toBeGreaterThan(agent?.excess_index ?? 100);
  });

  it('is used all the same where it is used', async () => {
    const body = { agent: 'assistant', permission: 'tool:read_calendar', ...REASON };
    expect((await say('/exemptions', 'PUT', body)).status).toBe(200);
    expect((await permission('tool:read_calendar'))?.verdict).toBe('used');
  });

  it('of weight 10 needs somebody else than its owner', async () => {
    const body = { agent: 'assistant', permission: 'tool:delete_files', ...REASON };
    expect((await say('/exemptions', 'PUT', body)).status).toBe(403);
    expect((await say('/exemptions', 'PUT', { ...body, approved_by: 'ada' })).status).toBe(403);
    for (const same of [' ADA ', 'a\u200bda', '\uff41da', 'local', ' Local', '\u200b']) {
      expect((await say('/exemptions', 'PUT', { ...body, approved_by: same })).status).toBe(403);
    }
    const answer = await say('/exemptions', 'PUT', { ...body, approved_by: ' grace ' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ owner: 'ada', approved_by: 'grace' });
    const kept = (await rows<ExemptionRow>('/exemptions')).map(
      (row) => `${row.permission} ${row.approved_by ?? 'nobody'}`,
    );
    expect(kept.sort()).toEqual([
      'tool:delete_files grace',
      'tool:read_calendar nobody',
      'tool:read_mail nobody',
    ]);
  });

  it.each([
    [{ ...REASON, days: 91 }, 400],
    [{ ...REASON, days: 0 }, 400],
    [{ ...REASON, owner: ' ' }, 400],
    [{ ...REASON, reason: 'a\u0000b' }, 400],
    [{ ...REASON, more: 1 }, 400],
    [{ owner: 'ada', days: 3 }, 400],
    [{ ...REASON, permission: 'tool:never_held' }, 404],
  ])('refuses %j with %i', async (body, status) => {
    expect((await say('/exemptions', 'PUT', { ...MAIL, ...body })).status).toBe(status);
  });

  it('is judged again when the exemption ends, each act in the audit log', async () => {
    expect((await say('/exemptions', 'DELETE', MAIL)).status).toBe(200);
    expect((await permission('tool:read_mail'))?.verdict).toBe('unused');
    expect(await rows<ExemptionRow>('/exemptions')).toHaveLength(2);
    const acts = await parts.control.acts({ workspace: 'default', limit: 3 });
    expect(acts.map(({ action, actor }) => `${action} ${actor}`)).toEqual([
      'exemption.remove local',
      'exemption.put local',
      'exemption.put local',
    ]);
  });
});
