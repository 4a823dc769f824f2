// Acts of several people at once over the API of a real server: each is answered, counted and recorded once, in an order.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openControl } from '../../server/control/sqlite.ts';
import type {
  RecommendationDetail,
  RecommendationRow,
  SurfaceRow,
} from '../../server/api/contract.ts';
import type { Parts } from '../../server/main.ts';
import type { Rulings } from '../../server/model/rulings.ts';
import { createRuling } from '../../server/ruling.ts';
import { openTestParts, otlpJson, quietLog, temporaryFolder, type TestSpan } from './served.ts';

const HOUR = 3_600_000;
const DAYS = 88;
const TOOLS = ['read_mail', 'read_files', 'read_notes', 'read_calendar'];
const SESSIONS = 180;
const AT_ONCE = 20;

let parts: Parts;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let serial = 0;

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Sessions `<agent>-<i>` that are offered all tools and use the calendar. */
const send = async (agent: string, sessions: number): Promise<number> => {
  const first = Date.now() - DAYS * 24 * HOUR;
  const spans = numbers(sessions).flatMap((i): TestSpan[] => {
    serial += 1;
    const trace = hex(serial, 32);
    const at = Math.floor(first + (i + 0.5) * ((DAYS * 24 * HOUR) / sessions));
    const root = hex(serial * 2, 16);
    return [
      {
        trace,
        span: root,
        name: 'invoke_agent',
        at,
        ms: 900,
        attributes: {
          'gen_ai.operation.name': 'invoke_agent',
          'gen_ai.agent.name': agent,
          'gen_ai.conversation.id': `${agent}-${i}`,
          'gen_ai.tool.definitions': JSON.stringify(TOOLS.map((name) => ({ name }))),
        },
      },
      {
        trace,
        span: hex(serial * 2 + 1, 16),
        parent: root,
        name: 'execute_tool read_calendar',
        at: at + 100,
        attributes: {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': 'read_calendar',
        },
      },
    ];
  });
  return (await request('/v1/traces', 'POST', otlpJson(spans))).status;
};

const request = (path: string, method: string, body?: string): Promise<Response> =>
  Promise.resolve(
    parts.app.request(path, {
      method,
      headers: { 'content-type': 'application/json', host: '127.0.0.1' },
      ...(body === undefined ? {} : { body }),
    }),
  );
const say = async (path: string, method: string, body: unknown): Promise<number> =>
  (await request(`/api/v1${path}`, method, JSON.stringify(body))).status;
const get = async <T>(path: string): Promise<T> =>
  (await (await request(`/api/v1${path}`, 'GET')).json()) as T;
const quarantined = async (): Promise<number | undefined> =>
  (await get<{ rows: SurfaceRow[] }>('/agents/reader/surface')).rows.find(
    ({ permission }) => permission === 'tool:read_calendar',
  )?.quarantined_uses;
const idOf = async (permission: string): Promise<string> =>
  (await get<{ rows: RecommendationRow[] }>('/recommendations?agent=reader')).rows.find(
    (row) => row.permission === permission,
  )?.recommendation_id ?? '';
const quarantine = (i: number): Promise<number> =>
  say('/quarantines', 'PUT', { agent: 'reader', session: `reader-${i}`, reason: 'x' });
const many = (count: number, status: number): number[] => numbers(count).map(() => status);

beforeAll(async () => {
  folder = await temporaryFolder();
  parts = await openTestParts(folder.path);
  expect(await send('reader', SESSIONS)).toBe(200);
  await parts.store.settleAll();
});
afterAll(async () => {
  await parts.close();
  await folder.remove();
});

describe('acts of several people at once', () => {
  it('on one proposal: one wins, the others are told, and the history has one entry', async () => {
    const id = await idOf('tool:read_mail');
    const path = `/recommendations/${id}/state`;
    const answers = await Promise.all(
      numbers(AT_ONCE).map(() => say(path, 'POST', { state: 'accepted' })),
    );
    expect(answers.sort()).toEqual([200, ...many(AT_ONCE - 1, 409)]);
    const { history } = await get<RecommendationDetail>(`/recommendations/${id}`);
    expect(history.map(({ before, state }) => [before, state])).toEqual([['open', 'accepted']]);
  });

  it('that want different things of it: still one wins, and the store has what the history says', async () => {
    const id = await idOf('tool:read_files');
    const path = `/recommendations/${id}/state`;
    const states = ['accepted', 'dismissed', 'removed', 'announced'];
    const answers = await Promise.all(
      states.map((state) => say(path, 'POST', { state, reason: 'at once' })),
    );
    expect([...answers].sort()).toEqual([200, 409, 409, 409]);
    const { history, recommendation } = await get<RecommendationDetail>(`/recommendations/${id}`);
    const won = states[answers.indexOf(200)];
    expect(history.map(({ before, state }) => [before, state])).toEqual([['open', won]]);
    expect(recommendation.state).toBe(won);
  });

  it('that came after the answer see it, each in its place of the history', async () => {
    const id = await idOf('tool:read_notes');
    const path = `/recommendations/${id}/state`;
    for (const state of ['accepted', 'announced', 'asked_first']) {
      expect(await say(path, 'POST', { state })).toBe(200);
      expect(await say(path, 'POST', { state })).toBe(409);
    }
    const { history } = await get<RecommendationDetail>(`/recommendations/${id}`);
    expect(history.map(({ before, state }) => `${before} ${state}`).sort()).toEqual([
      'accepted announced',
      'announced asked_first',
      'open accepted',
    ]);
    expect(await parts.control.firstAlteredAct()).toBeNull();
  });

  it('on different sessions are all done, and count as soon as they are answered', async () => {
    expect(await Promise.all(numbers(AT_ONCE).map(quarantine))).toEqual(many(AT_ONCE, 200));
    expect(await quarantined()).toBe(AT_ONCE);
  });

  it('succeed beside ingest', async () => {
    const sent = numbers(AT_ONCE).map((i) => send(`other-${i}`, 20));
    const acts = numbers(AT_ONCE).map((i) => quarantine(AT_ONCE + i));
    expect(await Promise.all(acts)).toEqual(many(AT_ONCE, 200));
    expect(await Promise.all(sent)).toEqual(many(AT_ONCE, 200));
    expect(await quarantined()).toBe(2 * AT_ONCE);
  });

  it('leave the owner who was recorded last', async () => {
    const owners = numbers(AT_ONCE).map((i) => `owner-${i}`);
    const path = '/agents/reader/owner';
    const answers = await Promise.all(owners.map((owner) => say(path, 'PUT', { owner })));
    expect(answers).toEqual(many(AT_ONCE, 200));
    const [last] = await parts.control.acts({ workspace: 'default', limit: 1 });
    const { rows } = await get<{ rows: { owner: string }[] }>('/agents?agent=reader');
    expect(rows.map(({ owner }) => owner)).toEqual([last?.detail['owner']]);
  });
});

describe('rulings told to the store at once', () => {
  it('are written one after the other, the last of them in the end', async () => {
    const base = { workspace: 'default', environment: 'default', agent: 'reader', created_at: 1 };
    const of = (owner: string): Rulings => ({
      exemptions: [],
      quarantines: [],
      recommendation_states: [],
      confirmations: [],
      young_days: [],
      agent_owners: [{ ...base, owner }],
    });
    await Promise.all(numbers(AT_ONCE).map((i) => parts.store.putRulings(of(`told-${i}`))));
    const { rows } = await get<{ rows: { owner: string }[] }>('/agents?agent=reader');
    expect(rows.map(({ owner }) => owner)).toEqual([`told-${AT_ONCE - 1}`]);
  });
});

describe('a store that fails once an act is recorded', () => {
  const ACT = { workspace: 'default', actor: 'local', action: 'owner.put', target: 'default a' };
  const CHANGE = {
    name: 'put_agent_owner',
    params: { workspace: 'default', environment: 'default', agent: 'a', owner: 'ada' },
  };

  it('is said to the caller, told again, and looked at by nobody before that', async () => {
    const other = await temporaryFolder();
    const control = openControl({ folder: other.path, now: () => Date.now() });
    const told: number[] = [];
    let fails = 2;
    const ruling = createRuling({
      control,
      put: (rulings) => {
        fails -= 1;
        if (fails >= 0) return Promise.reject(new Error('no space left'));
        told.push(rulings.agent_owners.length);
        return Promise.resolve();
      },
      log: quietLog,
      again_ms: 20,
    });
    const created_at = new Date().toISOString();
    const change = { ...CHANGE, params: { ...CHANGE.params, created_at } };
    await expect(ruling.rule(ACT, [change])).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('recorded') as unknown,
    });
    let looked = false;
    const look = () => {
      looked = true;
      return Promise.resolve();
    };
    await expect(ruling.inTurn(ACT, look)).rejects.toThrow('no space left');
    expect(looked).toBe(false);
    await expect.poll(() => told).toEqual([1]);
    await ruling.inTurn(ACT, look);
    expect(looked).toBe(true);
    expect(told).toEqual([1]);
    ruling.close();
    control.close();
    await other.remove();
  });

  it('refuses what waits for too many others', async () => {
    const other = await temporaryFolder();
    const control = openControl({ folder: other.path, now: () => Date.now() });
    const ruling = createRuling({ control, put: () => Promise.resolve(), log: quietLog });
    const answers = await Promise.allSettled(
      numbers(101).map(() => ruling.inTurn(ACT, () => Promise.resolve())),
    );
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    await ruling.inTurn(ACT, () => Promise.resolve());
    control.close();
    await other.remove();
  });
});
