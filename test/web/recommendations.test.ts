// What all proposals together take off the index, and which acts a state allows.
import { expect, it } from 'vitest';
import type { RecommendationRow } from '../../server/api/contract.ts';
import { figuresOf, jointRiskOf, proposedOf } from '../../web/lib/recommendation-evidence.ts';
import { actsFor, KINDS, stateOf, sumOf, titleOf } from '../../web/lib/recommendations.ts';

const row = (agent: string, index_reduction: number): RecommendationRow =>
  ({ agent, environment: 'live', index_reduction, privilege_seconds: 10 }) as RecommendationRow;

it('brings points of each agent back to weight before they are added', () => {
  const agents = [
    { agent: 'a', environment: 'live', granted_weight: 50 },
    { agent: 'b', environment: 'live', granted_weight: 150 },
  ];
  expect(sumOf([row('a', 20), row('b', 20), row('unknown', 50)], agents)).toEqual({
    proposals: 3,
    weight_back: 40,
    weight_held: 200,
    points: 20,
    privilege_seconds: 30,
  });
  expect(sumOf([], []).points).toBe(0);
});

it('offers only what the state allows, and asks first only for what may be refused', () => {
  const statesOf = (kind: RecommendationRow['kind'], state: RecommendationRow['state']) =>
    actsFor({ kind, state }).map((one) => one.state);
  expect(statesOf('remove_permission', 'verified')).toEqual(['restored']);
  expect(statesOf('remove_permission', 'closed')).toEqual([]);
  expect(statesOf('remove_permission', 'open')).toContain('asked_first');
  expect(statesOf('shorten_ttl', 'open')).not.toContain('asked_first');
  const done = actsFor({ kind: 'shorten_ttl', state: 'open' }).find(
    (one) => one.state === 'removed',
  );
  expect(done?.label).toBe('Mark as done');
  expect(stateOf({ kind: 'shorten_ttl', state: 'removed' }).label).toBe('done');
  expect(stateOf({ kind: 'remove_permission', state: 'removed' }).label).toBe('removed');
});

const whole = (told: Partial<RecommendationRow>): RecommendationRow =>
  ({
    kind: 'remove_permission',
    permission: 'crm:read',
    subject: '',
    proposed: [],
    risk: 'read',
    uses: 0,
    sessions_with_use: 0,
    history_sessions: 1,
    sessions: 180,
    absence_bound: 0.0165,
    threshold: 0.05,
    joint_risk: 0.0487,
    joint_sessions: 60,
    joint_uses: 0,
    completeness: 1,
    expected_in_30_days: 2.9,
    used_once: null,
    present_s: null,
    proposed_s: null,
    renewals: null,
    index_reduction: 0,
    privilege_seconds: 0,
    ...told,
  }) as RecommendationRow;

it('says of each kind what is to be done, and every number of it that bears on the kind', () => {
  for (const kind of Object.keys(KINDS) as RecommendationRow['kind'][])
    expect(titleOf({ kind, permission: 'crm:read', subject: '' })).toContain('crm:read');
  const identity = { kind: 'separate_identity', permission: '', subject: 'user identity' } as const;
  expect(titleOf(identity)).toBe('Act as itself, not as its user');
  const names = (told: Partial<RecommendationRow>) =>
    figuresOf(whole(told)).map(({ name }) => name);
  expect(names({})).toEqual([
    'Joint risk',
    'Tested on',
    'Expected',
    'Need',
    'Threshold',
    'Opportunities',
    'Uses',
    'Completeness',
  ]);
  const life = {
    kind: 'shorten_ttl',
    permission: '',
    present_s: 36_000,
    proposed_s: 3600,
  } as const;
  expect(names({ ...life, renewals: 0.5 })).toEqual([
    'Life now',
    'Life proposed',
    'Renewals',
    'Counted',
  ]);
  expect(proposedOf(whole(life))).toBe('1\u202fh');
  expect(proposedOf(whole({ proposed: ['a', 'b'] }))).toEqual(['a', 'b']);
  expect(figuresOf(whole({})).find(({ name }) => name === 'Uses')?.means).toBe(
    'in 0 sessions of 90 days; in 1 session of 400',
  );
});

it('tells no risk of missing something where nothing is taken', () => {
  expect(jointRiskOf(whole({}))).toBe(0.0487);
  expect(jointRiskOf(whole({ kind: 'raise_tier' }))).toBeNull();
});
