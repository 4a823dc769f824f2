// GET /agents/:agent/grants and /paths: which source grants an agent each permission, and what let each use happen.
import { Hono } from 'hono';
import type { ApiEnv, ApiOptions } from './context.ts';
import { heldGrantRow, usePathRow } from './contract.ts';
import { list } from './list.ts';

export const grantPathRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/agents/:agent/grants',
      ...list(api, {
        query: 'grants_held',
        summary: 'What an agent holds by which source, shared with whom, and what is redundant',
        row: heldGrantRow,
        path: ['agent'],
      }),
    )
    .get(
      '/agents/:agent/paths',
      ...list(api, {
        query: 'use_paths',
        summary: 'Which token, rule, delegation and source let each use of an agent happen',
        row: usePathRow,
        path: ['agent'],
      }),
    );
