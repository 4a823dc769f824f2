// /overview: what the first page shows, in one call, and what it compares with, which may come a moment later.
import { Hono } from 'hono';
import type { ApiEnv, ApiOptions } from './context.ts';
import { overview, overviewHistory } from './contract.ts';
import { describe, takesOf } from './list.ts';
import { readParams } from './params.ts';
import { askOne, askRows } from './single.ts';

/** A trend of a window is drawn week by week; no window has more. */
const TREND_MAX = 1000;

export const overviewRoutes = (api: ApiOptions) => {
  const takes = takesOf(api, ['overview', 'token_summary'], [], ['since', 'until']);
  const takesHistory = takesOf(api, ['overview_before', 'overview_trend'], [], ['since', 'until']);
  return new Hono<ApiEnv>()
    .get(
      '/overview',
      describe({
        summary: 'The workspace in one call: excess index, tokens, what is new, blind spots',
        takes,
        answer: overview,
      }),
      async (c) => {
        const values = readParams(c.req.url, takes);
        const [figures, tokens] = await Promise.all([
          askOne(api, c, 'overview', values),
          askOne(api, c, 'token_summary', values),
        ]);
        return c.json({ ...figures, tokens });
      },
    )
    .get(
      '/overview/history',
      describe({
        summary: 'What the overview compares with: the index seven days before, and its trend',
        takes: takesHistory,
        answer: overviewHistory,
      }),
      async (c) => {
        const values = readParams(c.req.url, takesHistory);
        const [before, trend] = await Promise.all([
          askOne(api, c, 'overview_before', values),
          askRows(api, c, 'overview_trend', values, { limit: TREND_MAX }),
        ]);
        return c.json({ excess_index_before: before['excess_index'] ?? null, trend });
      },
    );
};
