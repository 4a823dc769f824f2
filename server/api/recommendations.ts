// /recommendations: what can be taken back, each with its evidence, and how often what was applied was taken back.
import { Hono } from 'hono';
import type { ApiEnv, ApiOptions } from './context.ts';
import { recommendationRow, regretRow } from './contract.ts';
import { list } from './list.ts';
import { judgedFor } from './recommendation-one.ts';

export const recommendationRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/recommendations',
      ...list(api, {
        query: 'recommendations',
        summary: 'Every proposed reduction with the evidence for it',
        row: recommendationRow,
        more: (params) => judgedFor(api, params),
      }),
    )
    .get(
      '/recommendations/regret',
      ...list(api, {
        query: 'recommendation_regret',
        summary:
          'How often what was applied was taken back, a kind, and how much stricter that makes it',
        row: regretRow,
      }),
    )
    .get(
      '/agents/:agent/recommendations',
      ...list(api, {
        query: 'recommendations',
        summary: 'What can be taken back from one agent',
        row: recommendationRow,
        path: ['agent'],
        more: (params) => judgedFor(api, params),
      }),
    );
