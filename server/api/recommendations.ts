// /recommendations: what can be taken back, each with its evidence.
import { Hono } from 'hono';
import type { ApiEnv, ApiOptions } from './context.ts';
import { recommendationRow } from './contract.ts';
import { list } from './list.ts';

export const recommendationRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/recommendations',
      ...list(api, {
        query: 'recommendations',
        summary: 'Every proposed reduction with the evidence for it',
        row: recommendationRow,
      }),
    )
    .get(
      '/agents/:agent/recommendations',
      ...list(api, {
        query: 'recommendations',
        summary: 'What can be taken back from one agent',
        row: recommendationRow,
        path: ['agent'],
      }),
    );
