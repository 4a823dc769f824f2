// A session's figures in sentences.
import { describe, expect, it } from 'vitest';
import type {
  AmbientRow,
  DecisionRow,
  SessionDetail,
  TokenRow,
} from '../../server/api/contract.ts';
import { ambientTokens, denials, wasted } from '../../web/lib/story.ts';

/** Numbers and their units stand together by a narrow blank. */
const spaced = (text: string | undefined): string | undefined => text?.replaceAll('\u202f', ' ');

const told = (more: Partial<SessionDetail>): SessionDetail =>
  ({ tokens: [], decisions: [], ...more }) as SessionDetail;

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
  const row = {
    permission: 'billing:send',
    effect: 'deny',
    enforcement: 'enforced',
    environment: 'production',
    rules: ['no-large-invoices'],
    policy_version: '7',
    approval_outcome: null,
  } as unknown as DecisionRow;

  it('is told by its rule, once however often it came, and not where it only watched', () => {
    const shadow = { ...row, enforcement: 'shadow', rules: ['coming'] } as DecisionRow;
    expect(
      denials(told({ decisions: [row, shadow, row] })).map(({ words, times }) => [words, times]),
    ).toEqual([['no-large-invoices in production, version 7', 2]]);
  });
});
