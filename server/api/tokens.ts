// /tokens: each token with how long it lived and was used, and the same by agent, by age and in one row.
import { Hono } from 'hono';
import type { ApiEnv, ApiOptions } from './context.ts';
import { survivalRow, tokenAgentRow, tokenRow, tokenSummary } from './contract.ts';
import { list } from './list.ts';
import { single } from './single.ts';

export const tokenRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/tokens',
      ...list(api, {
        query: 'tokens',
        summary: 'Every token: its life, its use and what it outlived',
        row: tokenRow,
      }),
    )
    .get(
      '/tokens/agents',
      ...list(api, {
        query: 'token_agents',
        summary: 'Lifetimes and use of the tokens of each agent, with a suggested lifetime',
        row: tokenAgentRow,
      }),
    )
    .get(
      '/tokens/survival',
      ...list(api, {
        query: 'token_survival',
        summary: 'Share of tokens still in use at an age',
        row: survivalRow,
      }),
    )
    .get(
      '/tokens/summary',
      ...single(api, {
        query: 'token_summary',
        summary: 'All tokens of the window in one row',
        row: tokenSummary,
      }),
    );
