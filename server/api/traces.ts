// /traces/:trace_id: the spans of one trace.
import { Hono } from 'hono';
import { AppError } from '../errors.ts';
import type { ApiEnv, ApiOptions } from './context.ts';
import { traceDetail } from './contract.ts';
import { describe } from './list.ts';
import { badParam, readParams } from './params.ts';
import { askRows } from './single.ts';

/** What one page can draw of one trace. */
const SPANS_MAX = 5000;
const TRACE_ID = /^[0-9a-f]{32}$/;

export const traceRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>().get(
    '/traces/:trace_id',
    describe({ summary: 'The spans of one trace', takes: [], answer: traceDetail }),
    async (c) => {
      const values = readParams(c.req.url, []);
      const told = c.req.param('trace_id');
      const trace_id = told.toLowerCase().replaceAll('-', '');
      if (!TRACE_ID.test(trace_id)) throw badParam('trace_id', 'must be 32 hex digits', told);
      const spans = await askRows(api, c, 'trace_spans', values, {
        path: { trace_id },
        limit: SPANS_MAX + 1,
      });
      if (spans.length === 0) throw new AppError('not_found', 'no such trace');
      return c.json({
        trace_id,
        spans: spans.slice(0, SPANS_MAX),
        truncated: spans.length > SPANS_MAX,
      });
    },
  );
