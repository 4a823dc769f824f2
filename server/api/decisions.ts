// /decisions: every decision, their counts over time, and the values that occur among them.
import { Hono } from 'hono';
import type { ApiEnv, ApiOptions } from './context.ts';
import { decisionBucketRow, decisionRow, facetRow } from './contract.ts';
import { list } from './list.ts';

const FILTERS = [
  'environment',
  'agent',
  'not_agent',
  'user',
  'not_user',
  'session',
  'not_session',
  'permission',
  'not_permission',
  'effect',
  'not_effect',
  'resource_type',
  'not_resource_type',
  'resource_id',
  'not_resource_id',
  'enforcement',
  'not_enforcement',
  'engine',
  'not_engine',
  'policy',
  'not_policy',
  'rule',
  'not_rule',
  'reason',
  'not_reason',
  'tier',
  'not_tier',
  'approval_outcome',
  'executed',
  'trace_id',
  'search',
] as const;

export const decisionRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/decisions',
      ...list(api, {
        query: 'decisions',
        summary: 'Every decision with its rule, approval and action, the latest first',
        row: decisionRow,
        takes: FILTERS,
      }),
    )
    .get(
      '/decisions/buckets',
      ...list(api, {
        query: 'decision_buckets',
        summary: 'Decisions by effect in buckets of time',
        row: decisionBucketRow,
        takes: [...FILTERS, 'bucket'],
      }),
    )
    .get(
      '/decisions/facets',
      ...list(api, {
        query: 'decision_facets',
        summary: 'How often each value of each column occurs among the decisions',
        row: facetRow,
        takes: FILTERS,
      }),
    );
