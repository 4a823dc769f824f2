// The policy of an agent and of one recommendation over the API of a real server, written anew and as a change of a file.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import {
  policyAnswer,
  type PolicyAnswer,
  type RecommendationRow,
} from '../../server/api/contract.ts';
import type { Parts } from '../../server/main.ts';
import { openTestParts, otlpJson, temporaryFolder, type TestSpan } from './served.ts';

const HOUR = 3_600_000;
const SESSIONS = 180;
const TOOLS = ['read_mail', 'read_files', 'read_calendar'].map((name) => ({ name }));

let parts: Parts;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

/** Sessions over 88 days that are offered three tools and call one of them. */
const spans = (): TestSpan[] =>
  Array.from({ length: SESSIONS }, (_, i): TestSpan[] => {
    const trace = (i + 1).toString(16).padStart(32, '0');
    const at = Math.floor(Date.now() - 88 * 24 * HOUR * (1 - (i + 0.5) / SESSIONS));
    const span = (n: number): string => (2 * i + n).toString(16).padStart(16, '1');
    const about = { 'gen_ai.agent.name': 'reader', 'gen_ai.conversation.id': `s-${i}` };
    const offer = {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.tool.definitions': JSON.stringify(TOOLS),
    };
    const call = {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'read_calendar',
    };
    return [
      {
        trace,
        span: span(1),
        name: 'invoke_agent',
        at,
        ms: 900,
        attributes: { ...about, ...offer },
      },
      { trace, span: span(2), parent: span(1), name: 'execute_tool', at: at + 9, attributes: call },
    ];
  }).flat();

const request = (path: string, init: RequestInit = {}): Promise<Response> =>
  Promise.resolve(
    parts.app.request(`/api/v1${path}`, {
      ...init,
      headers: { host: '127.0.0.1', 'content-type': 'application/json' },
    }),
  );
const policy = async (path: string, present?: object): Promise<PolicyAnswer> => {
  const body = present === undefined ? {} : { method: 'POST', body: JSON.stringify(present) };
  const answer = await request(path, body);
  return v.parse(policyAnswer, await answer.json());
};
let ids: string[];

beforeAll(async () => {
  folder = await temporaryFolder();
  parts = await openTestParts(folder.path);
  const sent = await parts.app.request('/v1/traces', {
    method: 'POST',
    headers: { 'content-type': 'application/json', host: '127.0.0.1' },
    body: otlpJson(spans()),
  });
  expect(sent.status).toBe(200);
  await parts.store.settleAll();
  const listed = (await (await request('/recommendations')).json()) as {
    rows: RecommendationRow[];
  };
  ids = listed.rows.map((row) => row.recommendation_id);
});
afterAll(async () => {
  await parts.close();
  await folder.remove();
});

const permissionsIn = (answer: PolicyAnswer): unknown =>
  JSON.parse(answer.files[0]?.text ?? '') as unknown;

describe('the policy of a proposal', () => {
  it('holds all but what that one proposal takes back', async () => {
    const answer = await policy(`/recommendations/${ids[0] ?? ''}/policy?format=json`);
    expect(answer.applied).toEqual([ids[0]]);
    expect(permissionsIn(answer)).toMatchObject({
      held: [{ permission: 'tool:read_calendar' }, { permission: 'tool:read_mail' }],
      changes: [{ permission: 'tool:read_files', kind: 'remove_permission' }],
    });
  });

  it("offers the formats of the agent's own systems first, and takes the first where none is named", async () => {
    const answer = await policy(`/recommendations/${ids[0] ?? ''}/policy`);
    expect(answer.format).toBe('mcp');
    expect(answer.formats.filter(({ fits }) => !fits).map(({ format }) => format)).toEqual([
      'oauth',
      'aws',
    ]);
  });

  it('changes the policy in force in its own text, with its comments and order', async () => {
    const text = [
      '// Who may what.',
      'permit (',
      '  principal == Agent::"reader",',
      '  action in [',
      '    Action::"tool:read_mail", // the morning round',
      '    Action::"tool:read_files",',
      '    Action::"tool:read_calendar"',
      '  ],',
      '  resource',
      ');',
      '',
    ].join('\n');
    const name = 'policies/reader.cedar';
    const path = `/recommendations/${ids[0] ?? ''}/policy?format=cedar`;
    const answer = await policy(path, { name, text });
    const lines = (answer.diff ?? '').split('\n').filter((line) => /^[-+][^-+]/.test(line));
    expect(lines).toEqual(['-    Action::"tool:read_files",']);
    expect(answer.files[0]?.text).toContain('// the morning round');
    expect(answer.undo).toEqual({ name, text });
  });

  it('answers a trap of a present policy with a note, not with a fault', async () => {
    const path = '/agents/reader/policy?format=rego';
    const answer = await policy(path, { name: 'data.json', text: '['.repeat(100_000) });
    expect(answer.diff).toBeNull();
    expect(answer.notes[0]).toContain('is not changed');
  });

  it('of an agent applies all that nobody turned down', async () => {
    const path = '/agents/reader/policy?format=json';
    const all = await policy(path);
    expect(all.applied).toEqual(ids);
    expect(permissionsIn(all)).toMatchObject({ held: [{ permission: 'tool:read_calendar' }] });
    const dismissed = { state: 'dismissed', reason: 'quarter end' };
    await request(`/recommendations/${ids[1] ?? ''}/state`, {
      method: 'POST',
      body: JSON.stringify(dismissed),
    });
    expect((await policy(path)).applied).toEqual([ids[0]]);
    const detail = (await (await request(`/recommendations/${ids[1] ?? ''}`)).json()) as object;
    expect(detail).toMatchObject({
      history: [{ actor: 'local', before: 'open', state: 'dismissed', reason: 'quarter end' }],
    });
  });

  it.each([
    ['/agents/reader/policy?format=xacml', 400, 'must be one of cedar'],
    ['/agents/reader/policy?format=json&format=aws', 400, 'must be one of cedar'],
    ['/agents/reader/policy?colour=red', 400, 'unknown here'],
    ['/agents/nobody/policy', 404, 'nothing is known to be held by nobody'],
    ['/recommendations/no-such-id/policy', 404, 'no such recommendation'],
  ])('GET %s answers %i', async (path, status, message) => {
    const answer = await request(path);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(message);
  });

  it.each([
    [{ text: 'permit(principal, action, resource);' }, 'name is missing'],
    [{ name: 'a\nb', text: '' }, 'name must not hold control characters'],
    [{ name: 'a', text: 'x\0' }, 'the present policy is no text'],
  ])('refuses the present policy %j', async (present, message) => {
    const path = '/agents/reader/policy?format=cedar';
    const answer = await request(path, { method: 'POST', body: JSON.stringify(present) });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(message);
  });
});
