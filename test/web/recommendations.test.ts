// What all proposals together take off the index, and which acts a state allows.
import { expect, it } from 'vitest';
import type { RecommendationRow } from '../../server/api/contract.ts';
import { actsFrom, sumOf } from '../../web/lib/recommendations.ts';

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

it('offers only what the state allows', () => {
  expect(actsFrom('verified').map(({ state }) => state)).toEqual(['restored']);
  expect(actsFrom('closed')).toEqual([]);
});
