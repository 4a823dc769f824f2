// /surface and /agents/:agent/surface: each permission with the numbers behind its verdict.
import { Hono } from 'hono';
import type { ApiEnv, ApiOptions } from './context.ts';
import { surfaceRow } from './contract.ts';
import { list } from './list.ts';

export const surfaceRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/surface',
      ...list(api, {
        query: 'surface',
        summary: 'Every permission of every agent with its verdict',
        row: surfaceRow,
      }),
    )
    .get(
      '/agents/:agent/surface',
      ...list(api, {
        query: 'surface',
        summary: 'Every permission of one agent with its verdict',
        row: surfaceRow,
        path: ['agent'],
      }),
    );
