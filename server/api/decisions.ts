// /decisions: every decision, their counts over time, and the values that occur among them.
import { Hono } from 'hono';
import type { ApiEnv, ApiOptions } from './context.ts';
import { decisionBucketRow, decisionRow, facetRow } from './contract.ts';
import { list } from './list.ts';

export const decisionRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/decisions',
      ...list(api, {
        query: 'decisions',
        summary: 'Every decision with its rule, approval and action, the latest first',
        row: decisionRow,
      }),
    )
    .get(
      '/decisions/buckets',
      ...list(api, {
        query: 'decision_buckets',
        summary: 'Decisions by effect in buckets of time',
        row: decisionBucketRow,
      }),
    )
    .get(
      '/decisions/facets',
      ...list(api, {
        query: 'decision_facets',
        summary: 'How often each value of each column occurs among the decisions',
        row: facetRow,
      }),
    );
