// /agents: every agent with what it holds and uses.
import { Hono } from 'hono';
import type { ApiEnv, ApiOptions } from './context.ts';
import { agentBeforeRow, agentRow } from './contract.ts';
import { list } from './list.ts';

export const agentRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/agents',
      ...list(api, {
        query: 'agents',
        summary: 'Every agent: permissions granted, used and never used, and its excess index',
        row: agentRow,
      }),
    )
    .get(
      '/agents/before',
      ...list(api, {
        query: 'agents_before',
        summary: 'The excess index of each agent seven days before, to tell its change by',
        row: agentBeforeRow,
      }),
    );
