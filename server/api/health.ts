// /health/telemetry: what telemetry could and could not have seen.
import { Hono } from 'hono';
import type { ApiEnv, ApiOptions } from './context.ts';
import { telemetryHealth } from './contract.ts';
import { describe, takesOf } from './list.ts';
import { readParams } from './params.ts';
import { askOne, askRows } from './single.ts';

/** Producers with gaps come first, so that a cut list still shows what is missing. */
const PRODUCERS_MAX = 1000;
const DIALECTS_MAX = 100;
const QUERIES = ['telemetry_health', 'telemetry_producers', 'telemetry_dialects'];

export const healthRoutes = (api: ApiOptions) => {
  const takes = takesOf(api, QUERIES, [], ['since', 'until']);
  return new Hono<ApiEnv>().get(
    '/health/telemetry',
    describe({
      summary: 'Spans received, gaps in their sequences, dialects, and agents that tell too little',
      takes,
      answer: telemetryHealth,
    }),
    async (c) => {
      const values = readParams(c.req.url, takes);
      const [figures, producers, dialects] = await Promise.all([
        askOne(api, c, 'telemetry_health', values),
        askRows(api, c, 'telemetry_producers', values, { limit: PRODUCERS_MAX }),
        askRows(api, c, 'telemetry_dialects', values, { limit: DIALECTS_MAX }),
      ]);
      const { waiting_spans } = api.pipeline();
      const { set_aside_traces } = await api.store.state();
      return c.json({ ...figures, waiting_spans, set_aside_traces, producers, dialects });
    },
  );
};
