// /agents/:agent/history: when each permission was held and on which days it was used.
import { Hono } from 'hono';
import type { ApiEnv, ApiOptions } from './context.ts';
import { historyRow } from './contract.ts';
import { list } from './list.ts';

export const historyRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>().get(
    '/agents/:agent/history',
    ...list(api, {
      query: 'history',
      summary: 'Held intervals and days with use of each permission of one agent',
      row: historyRow,
      path: ['agent'],
    }),
  );
