// Settling does not depend on how spans arrive: every order, split into requests and repetition gives the same rows.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, settledRows } from './settle/database.ts';
import { agent, chat, decision, root, tool } from './settle/words.ts';
import { toFacts, type Told } from './settle/telemetry.ts';
import type { SpanFacts } from '../facts-rows.ts';

/** Some minutes of two agents: sub-agent, decisions, approvals, tokens, late joins of sessions, a plain program. */
const SPANS: readonly Told[] = [
  root,
  { id: 'm', in: 'r', from: 1, is: chat(['read', 'pay']) },
  { id: 'd', in: 'r', from: 2, to: 3, is: decision('allow', 'tool:read') },
  { id: 'a', in: 'r', from: 4, to: 8, is: tool('read') },
  {
    id: 'b',
    in: 'a',
    from: 5,
    is: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'read' },
  },
  { id: 'e', in: 'r', from: 9, to: 9, is: decision('deny', 'tool:pay') },
  { id: 'f', in: 'r', from: 9, to: 9, is: decision('allow', 'tool:pay') },
  { id: 'c', in: 'r', from: 9, to: 12, is: tool('pay') },
  { id: 's', in: 'c', from: 10, is: agent('helper', { 'footprint.agent.parent': 'clerk' }) },
  { id: 'h', in: 's', from: 10, is: tool('read', { 'footprint.credential.fingerprint': 'fp' }) },
  {
    id: 'i',
    in: 'r',
    from: 0.5,
    name: 'issue_credential jwt',
    is: { 'footprint.credential.fingerprint': 'fp', 'footprint.credential.scopes': ['x'] },
  },
  { t: 'u', id: 'ur', from: 1700, to: 1750, is: agent() },
  {
    t: 'u',
    id: 'ud',
    in: 'ur',
    from: 1701,
    is: decision('require_approval', 'tool:pay', { 'footprint.decision.id': 'ask' }),
  },
  { t: 'u', id: 'ua', in: 'ur', from: 1740, is: tool('pay') },
  { t: 'w', id: 'wr', from: 3400, is: agent() },
  {
    t: 'w',
    id: 'wq',
    in: 'wr',
    name: 'request_approval pay',
    from: 1702,
    to: 1730,
    is: { 'footprint.decision.id': 'ask', 'footprint.approval.outcome': 'approved' },
  },
  {
    t: 'w',
    id: 'wv',
    in: 'wr',
    from: 3500,
    name: 'revoke_credential jwt',
    is: { 'footprint.credential.fingerprint': 'fp' },
  },
  { t: 'x', id: 'xr', from: 9000, is: agent() },
  { t: 'x', id: 'xs', in: 'xr', from: 9001, is: tool('read', { 'session.id': 'told' }) },
  { t: 'y', id: 'yo', name: 'GET /', from: -100, is: {} },
  { t: 'y', id: 'ya', in: 'yo', from: 5000, is: tool('read', { 'gen_ai.agent.name': 'clerk' }) },
  {
    t: 'l',
    id: 'lu',
    from: 1702,
    service: 'opa',
    is: decision('require_approval', 'tool:pay', {
      'footprint.decision.id': 'ask',
      'footprint.decision.logged': true,
      'footprint.policy.rules': ['limit'],
    }),
  },
  {
    t: 'l',
    id: 'lv',
    from: 1703,
    service: 'opa',
    is: decision('deny', 'tool:sell', { 'footprint.decision.logged': true }),
  },
  { t: 'z', id: 'zo', name: 'GET /', is: {} },
];

const settled = async (requests: readonly (readonly SpanFacts[])[]): Promise<string[]> => {
  const database = await openDatabase();
  try {
    for (const request of requests) await database.take(request);
    return await settledRows(database);
  } finally {
    database.close();
  }
};

describe('the order of arrival', () => {
  const facts = toFacts(SPANS);
  let whole: string[] = [];
  beforeAll(async () => {
    whole = await settled([facts]);
  });

  it('is settled once, in one request, into rows of every table', () => {
    const tables = new Set(whole.map((row) => row.split(' ')[0]));
    expect([...tables].sort()).toEqual([
      'decisions',
      'grant_spells',
      'grants',
      'permission_uses',
      'session_days',
      'session_parts',
      'session_uses',
      'sessions',
      'token_events',
      'tokens',
      'use_days',
    ]);
  });

  it('changes no settled row, nor does sending spans again or in several requests', async () => {
    const arrival = fc.record({
      order: fc.shuffledSubarray([...facts.keys()], {
        minLength: facts.length,
        maxLength: facts.length,
      }),
      cuts: fc.array(fc.integer({ min: 0, max: facts.length }), { maxLength: 3 }),
      again: fc.subarray([...facts.keys()], { maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(arrival, async ({ order, cuts, again }) => {
        const bounds = [0, ...[...cuts].sort((a, b) => a - b), facts.length];
        const requests = bounds
          .slice(1)
          .map((end, i) => order.slice(bounds[i], end).map((at) => facts[at] as SpanFacts));
        requests.push(again.map((at) => facts[at] as SpanFacts));
        expect(await settled(requests.filter((spans) => spans.length > 0))).toEqual(whole);
      }),
      { numRuns: 8 },
    );
  }, 120_000);
});
