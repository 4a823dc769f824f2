// /agents/:agent/drift: granted and used over time.
import { Hono } from 'hono';
import type { ApiEnv, ApiOptions } from './context.ts';
import { driftRow } from './contract.ts';
import { list } from './list.ts';

export const driftRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>().get(
    '/agents/:agent/drift',
    ...list(api, {
      query: 'drift',
      summary: 'Permissions granted and used by one agent, bucket by bucket',
      row: driftRow,
      path: ['agent'],
    }),
  );
