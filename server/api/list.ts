// The one way in which a file of sql/queries becomes a route: read the parameters, ask, answer a page or a stream.
import type { MiddlewareHandler } from 'hono';
import { describeRoute, resolver } from 'hono-openapi';
import type { GenericSchema, ObjectEntries, ObjectSchema } from 'valibot';
import type { Param, Row } from '../store/store.ts';
import type { ApiContext, ApiEnv, ApiOptions } from './context.ts';
import { checkBuckets } from './buckets.ts';
import { errorBody, page } from './contract.ts';
import { EXPORT_TYPES, exportResponse } from './export.ts';
import {
  closeCursor,
  describeParams,
  LIMIT_DEFAULT,
  openCursor,
  PARAM_NAMES,
  readParams,
  windowOf,
  type ParamName,
  type Values,
} from './params.ts';

/** An export is the whole set; this only keeps the parameter a number that every engine can bind. */
const EXPORT_ROWS_MAX = 1_000_000_000;
/** An export reads on for as long as its client does, but a query that never answers must end. */
const EXPORT_TIMEOUT_MS = 600_000;

export interface ListSpec {
  /** File of sql/queries. */
  query: string;
  summary: string;
  row: ObjectSchema<ObjectEntries, undefined>;
  /** Parameters of the query that the path carries, by the name that they have in both. */
  path?: readonly ParamName[];
  /** More parameters, which have to be asked for first. */
  more?: (params: Record<string, Param>) => Promise<Record<string, Param>>;
}

/** Questions within it ask of the same instants, so that the store's kept answers serve all viewers of a page. */
const CLOCK_STEP_MS = 10_000;
/** The instant up to which a question asks, which moves on in steps. */
export const steppedNow = (now: number): number => Math.ceil(now / CLOCK_STEP_MS) * CLOCK_STEP_MS;
/** The deadline of one question, of the design's limits; a page that waits longer is given up anyway. */
export const QUERY_TIMEOUT_MS = 10_000;

/** Handlers of one list route: its description for /openapi.json and its answer. */
export const list = (
  api: ApiOptions,
  spec: ListSpec,
): [MiddlewareHandler<ApiEnv>, (c: ApiContext) => Promise<Response>] => {
  const fixed = spec.path ?? [];
  const takes = takesOf(api, [spec.query], fixed, ['limit', 'format']);
  const columns = Object.keys(spec.row.entries);
  return [
    describe({ summary: spec.summary, takes, answer: page(spec.row), exports: true }),
    async (c) => {
      const values = readParams(c.req.url, takes);
      const ask = async (limit: number) => {
        const path = pathOf(c, fixed);
        const params = bindParams({ api, c, query: spec.query, values, path, limit });
        return { name: spec.query, params: { ...params, ...(await spec.more?.(params)) } };
      };
      const { format } = values;
      if (format === 'csv' || format === 'jsonl') {
        const asked = await ask(EXPORT_ROWS_MAX);
        const pieces = api.store.stream({ ...asked, timeout_ms: EXPORT_TIMEOUT_MS });
        return exportResponse({ format, name: spec.query, columns, pieces });
      }
      const limit = typeof values.limit === 'number' ? values.limit : LIMIT_DEFAULT;
      // One row more than asked for tells whether there is a next page.
      const rows = await api.store.ask({ ...(await ask(limit + 1)), timeout_ms: QUERY_TIMEOUT_MS });
      return c.json(toPage(api, spec.query, rows, limit));
    },
  ];
};

/** What the query declares, from what the request said; what it does not declare is left out. */
export const bindParams = ({
  api,
  c,
  query,
  values,
  path = {},
  limit,
}: {
  api: ApiOptions;
  c: ApiContext;
  query: string;
  values: Values;
  path?: Record<string, string> | undefined;
  limit: number;
}): Record<string, Param> => {
  const now = steppedNow(api.now());
  const window = windowOf(values, now);
  if (api.declared(query).has('bucket')) checkBuckets(values, window, now);
  const known: Record<string, Param | Param[]> = {
    ...values,
    ...window,
    ...path,
    now: new Date(now).toISOString(),
    after:
      typeof values.cursor === 'string' ? openCursor(api.cursor_key, query, values.cursor) : null,
    limit,
    workspace: c.var.workspace,
  };
  const params: Record<string, Param> = {};
  for (const [name, type] of api.declared(query)) params[name] = bind(known[name] ?? null, type);
  return params;
};

/** The store takes a list as JSON text. */
const bind = (value: Param | Param[], type: string): Param => {
  if (value === null || (!type.endsWith('[]') && !Array.isArray(value))) return value;
  return JSON.stringify(Array.isArray(value) ? value : [value]);
};

const pathOf = (c: ApiContext, names: readonly ParamName[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, c.req.param(name) ?? '']));

/** Names under which a request knows what a query calls otherwise. */
const ASKED_AS: Readonly<Record<string, string>> = { after: 'cursor' };

/**
 * What a route takes: all that its queries declare and a request may say, so that no filter is ever ignored.
 * What the path fixes cannot be asked for again.
 */
export const takesOf = (
  api: Pick<ApiOptions, 'declared'>,
  queries: readonly string[],
  fixed: readonly ParamName[] = [],
  always: readonly ParamName[] = [],
): ParamName[] => {
  const declared = new Set(
    queries.flatMap((query) => [...api.declared(query).keys()].map((n) => ASKED_AS[n] ?? n)),
  );
  const without = new Set<string>(fixed.flatMap((name) => [name, `not_${name}`]));
  return PARAM_NAMES.filter(
    (name) => always.includes(name) || (declared.has(name) && !without.has(name)),
  );
};

/** A page of rows, of which one more than `limit` was asked for. */
export const toPage = (
  { cursor_key }: ApiOptions,
  query: string,
  rows: readonly Row[],
  limit: number,
): { rows: Row[]; next_cursor: string | null; truncated: boolean } => {
  const kept = rows.slice(0, limit);
  const truncated = rows.length > limit;
  const key = kept.at(-1)?.['cursor'];
  return {
    rows: kept.map(withoutCursor),
    next_cursor: truncated && typeof key === 'string' ? closeCursor(cursor_key, query, key) : null,
    truncated,
  };
};

/** The row without the key that only paging needs. */
export const withoutCursor = (row: Row): Row => {
  const kept = { ...row };
  delete kept['cursor'];
  return kept;
};

/** A route's entry in /openapi.json. */
export const describe = ({
  summary,
  takes,
  answer,
  exports = false,
}: {
  summary: string;
  takes: readonly ParamName[];
  answer: GenericSchema;
  exports?: boolean;
}): MiddlewareHandler =>
  describeRoute({
    summary,
    parameters: describeParams(takes),
    responses: {
      304: { description: 'The answer is still the one whose ETag If-None-Match names' },
      200: {
        description: 'The answer; its ETag changes when it does',
        content: {
          'application/json': { schema: resolver(answer) },
          ...(exports
            ? {
                [EXPORT_TYPES.csv]: { schema: { type: 'string' as const } },
                [EXPORT_TYPES.jsonl]: { schema: { type: 'string' as const } },
              }
            : {}),
        },
      },
      default: {
        description: 'Refused or failed',
        content: { 'application/json': { schema: resolver(errorBody) } },
      },
    },
  });
