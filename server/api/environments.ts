// /environments: those that have telemetry, for the picker.
import { Hono } from 'hono';
import type { ApiEnv, ApiOptions } from './context.ts';
import { environmentRow } from './contract.ts';
import { list } from './list.ts';

export const environmentRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>().get(
    '/environments',
    ...list(api, {
      query: 'environments',
      summary: 'Environments that have telemetry, the busiest first',
      row: environmentRow,
    }),
  );
