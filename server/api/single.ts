// A file of sql/queries that answers one row, as a route.
import type { MiddlewareHandler } from 'hono';
import type { ObjectEntries, ObjectSchema } from 'valibot';
import { AppError } from '../errors.ts';
import type { Row } from '../store/store.ts';
import type { ApiContext, ApiEnv, ApiOptions } from './context.ts';
import { bindParams, takesOf, describe, QUERY_TIMEOUT_MS, withoutCursor } from './list.ts';
import { readParams, type Values } from './params.ts';

export interface SingleSpec {
  query: string;
  summary: string;
  row: ObjectSchema<ObjectEntries, undefined>;
}

/** Handlers of one route with one row; window and filters as lists take them. */
export const single = (
  api: ApiOptions,
  spec: SingleSpec,
): [MiddlewareHandler<ApiEnv>, (c: ApiContext) => Promise<Response>] => {
  const takes = takesOf(api, [spec.query], [], ['since', 'until']);
  return [
    describe({ summary: spec.summary, takes, answer: spec.row }),
    async (c) => {
      const values = readParams(c.req.url, takes);
      return c.json(await askOne(api, c, spec.query, values));
    },
  ];
};

/** The one row of a query that always has one. */
export const askOne = async (
  api: ApiOptions,
  c: ApiContext,
  query: string,
  values: Values,
): Promise<Row> => {
  const [row] = await askRows(api, c, query, values, { limit: 1 });
  if (row === undefined) throw new AppError('internal', `query ${query} answered no row`);
  return row;
};

/** All rows of a query up to a limit, for answers that are made of several questions. */
export const askRows = async (
  api: ApiOptions,
  c: ApiContext,
  query: string,
  values: Values,
  { path, limit }: { path?: Record<string, string>; limit: number },
): Promise<Row[]> => {
  const params = bindParams({ api, c, query, values, path, limit });
  const rows = await api.store.ask({ name: query, params, timeout_ms: QUERY_TIMEOUT_MS });
  return rows.map(withoutCursor);
};
