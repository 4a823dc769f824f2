// /overview: what the first page shows, in one call.
import { Hono } from 'hono';
import type { ApiEnv, ApiOptions } from './context.ts';
import { overview } from './contract.ts';
import { describe, takesOf } from './list.ts';
import { readParams } from './params.ts';
import { askOne, askRows } from './single.ts';

/** A trend of a window is drawn week by week; no window has more. */
const TREND_MAX = 1000;
const QUERIES = ['overview', 'overview_trend', 'token_summary'];

export const overviewRoutes = (api: ApiOptions) => {
  const takes = takesOf(api, QUERIES, [], ['since', 'until']);
  return new Hono<ApiEnv>().get(
    '/overview',
    describe({
      summary:
        'The workspace in one call: excess index and trend, tokens, what is new, blind spots',
      takes,
      answer: overview,
    }),
    async (c) => {
      const values = readParams(c.req.url, takes);
      const [figures, trend, tokens] = await Promise.all([
        askOne(api, c, 'overview', values),
        askRows(api, c, 'overview_trend', values, { limit: TREND_MAX }),
        askOne(api, c, 'token_summary', values),
      ]);
      return c.json({ ...figures, trend, tokens });
    },
  );
};
