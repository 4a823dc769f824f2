// A session's figures in sentences.
import { describe, expect, it } from 'vitest';
import type {
  AmbientRow,
  DecisionRow,
  ResourceRow,
  SessionDetail,
  SpanRow,
  TokenRow,
} from '../../server/api/contract.ts';
import { ambientTokens, denials, leftovers, resourceWords, wasted } from '../../web/lib/story.ts';

/** Numbers and their units stand together by a narrow blank. */
const spaced = (text: string | undefined): string | undefined => text?.replaceAll('\u202f', ' ');

const told = (more: Partial<SessionDetail>): SessionDetail =>
  ({ tokens: [], decisions: [], spans: [], ...more }) as SessionDetail;

describe('privilege-seconds', () => {
  const words = (used: number, waste: number, idle: number, peak: number) =>
    spaced(wasted(told({ privilege: { used, wasted: waste, idle, held_s: 60, peak } })));

  it('say the share that was wasted, how much was held and what was left behind', () => {
    expect(words(150, 450, 0, 10)).toBe('75 % wasted: up to weight 10 held for 1 min.');
    expect(words(600, 0, 3600, 10)).toBe(
      '0 % wasted: up to weight 10 held for 1 min; 3,600 privilege-seconds more after its end.',
    );
    expect(words(0, 0, 0, 3)).toBe('up to weight 3 held for 1 min.');
  });

  it('say nothing of waste where no grant is known', () => {
    expect(words(0, 0, 0, 0)).toBe(
      'No grant is known for this session, so nothing can be said of waste.',
    );
  });
});

describe('an ambient credential', () => {
  const row = { fingerprint: 'f', idle_s: 90, share: 0.9, last_used_s: 10, outlived_s: 600 };
  const token = { fingerprint: 'f', scopes: ['a', 'b'], type: 'jwt' } as TokenRow;
  const words = (more: Partial<AmbientRow>) =>
    spaced(ambientTokens(told({ ambient: [{ ...row, ...more }], tokens: [token] }))[0]?.words);

  it('is told by its scopes, its last use and how long it lived on', () => {
    expect(words({})).toBe(
      'a, b: last used 10 s in, alive through 1 min 30 s more of the session and 10 min after',
    );
    expect(words({ last_used_s: null, outlived_s: 0 })).toBe(
      'a, b: never used, alive through 1 min 30 s more of the session',
    );
    expect(words({ outlived_s: null })).toContain(', and never ends');
  });

  it('is a token where the list of tokens does not hold it', () => {
    expect(ambientTokens(told({ ambient: [row] }))[0]?.words).toMatch(/^token: /);
  });
});

describe('a denial', () => {
  const decision = (more: Partial<DecisionRow>) =>
    ({
      effect: 'deny',
      enforcement: 'enforced',
      permission: 'mail:send',
      reason: 'quiet hours',
      rules: [],
      environment: 'default',
      policy_version: null,
      approval_outcome: null,
      trace_id: 't',
      span_id: 'd',
      occurred_at: '2026-10-01T12:00:00.000Z',
      ...more,
    }) as DecisionRow;
  const action = (span_id: string, more: Partial<SpanRow> = {}) =>
    ({
      fact: 'action',
      denied: true,
      permission: 'mail:send',
      error_type: 'insufficient_scope',
      trace_id: 't',
      span_id,
      parent_span_id: null,
      ended_at: '2026-10-01T12:00:01.000Z',
      ...more,
    }) as SpanRow;
  const words = (decisions: DecisionRow[], spans: SpanRow[]) =>
    denials(told({ decisions, spans })).map((one) => `${one.times} ${one.words}`);
  const alone = 'refused where it ran, as insufficient_scope';

  it('is an action refused where it ran, too, however many of its spans say so', () => {
    expect(words([], [action('a'), action('b', { parent_span_id: 'a' })])).toEqual([`1 ${alone}`]);
    expect(words([], [action('a', { denied: false })])).toEqual([]);
  });

  it('is told once where a decision refused the action', () => {
    expect(words([decision({})], [action('a')])).toEqual(['1 quiet hours in default']);
    expect(words([decision({})], [action('a'), action('b')])).toEqual([
      '1 quiet hours in default',
      `1 ${alone}`,
    ]);
  });

  it('is an approval refused, and no deny that stopped nothing', () => {
    const asked = { effect: 'require_approval', approval_outcome: 'denied' } as const;
    expect(words([decision(asked)], [])).toEqual(['1 quiet hours in default; approval denied']);
    expect(words([decision({ enforcement: 'shadow' })], [])).toEqual([]);
  });
});

describe('a temporary resource', () => {
  const row = (more: Partial<ResourceRow>) =>
    ({ state: 'left', outcome: null, trigger: null, ...more }) as ResourceRow;

  it('is told with what became of it, what is left first', () => {
    const rows = [
      row({ state: 'removed', outcome: 'deleted', trigger: 'task_end' }),
      row({ outcome: 'failed', trigger: 'task_end' }),
      row({}),
      row({ state: 'held' }),
    ];
    expect(leftovers(told({ resources: rows })).map(resourceWords)).toEqual([
      'left behind: failed (task end)',
      'left behind: nothing removed it',
      'held while the session goes on',
      'removed (task end)',
    ]);
  });
});
