// Options for createQuery and createInfiniteQuery: keys, fetching, and what stays while new data comes.
import { QueryClient, keepPreviousData } from '@tanstack/svelte-query';
import type { Page } from '../../server/api/contract.ts';
import { ApiError, ask } from './api.ts';
import type { ListRoute, Params, Route, RowOf } from './api.ts';

/** Rows asked for at once: a few screens' worth, small enough to arrive in one go. */
export const PAGE_ROWS = 200;

/** The most that the API gives at once, for what is sorted or drawn as a whole: 250 agents with 40 permissions each. */
export const WHOLE_ROWS = 10_000;

/** Answers older than this are asked for again when a page is opened: telemetry moves in seconds. */
const FRESH_MS = 20_000;

/** Failures that asking again may mend. */
const mayPass = (error: Error): boolean =>
  error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status === 503);

/** One client for the whole page. */
export const makeClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        retry: (failures, error) => failures < 2 && mayPass(error),
        refetchOnWindowFocus: false,
      },
    },
  });

/**
 * One answer: `createQuery(() => one('/overview', view.params))`.
 * While parameters change the last answer stays, so that nothing jumps.
 */
export const one = <R extends Route>(route: R, params: Params = {}, enabled = true) => ({
  queryKey: [route, params] as const,
  queryFn: ({ signal }: { signal: AbortSignal }) => ask(route, params, signal),
  placeholderData: keepPreviousData,
  enabled,
});

/** A page of a list with the window it was asked for, which its next page must have as well. */
export type HeldPage<Row> = Page<Row> & { readonly asked: Params };

interface Next {
  readonly asked: Params;
  readonly cursor: string;
}

/**
 * A list page by page: `createInfiniteQuery(() => many('/decisions', view.rangeKey, () => view.params))`.
 * `key` tells lists apart and must hold every filter but the resolved instants; `params` is read at the first page
 * only, so that a relative range does not slide between one page and the next.
 */
export const many = <R extends ListRoute>(route: R, key: unknown, params: () => Params) => ({
  queryKey: [route, 'pages', key] as const,
  initialPageParam: null as Next | null,
  queryFn: async (context: {
    signal: AbortSignal;
    pageParam: unknown;
  }): Promise<HeldPage<RowOf<R>>> => {
    const next = context.pageParam as Next | null;
    const asked = next?.asked ?? { limit: PAGE_ROWS, ...params() };
    const answer = await ask(route, { ...asked, cursor: next?.cursor }, context.signal);
    return { ...(answer as Page<RowOf<R>>), asked };
  },
  getNextPageParam: (last: HeldPage<RowOf<R>>): Next | undefined =>
    last.next_cursor === null ? undefined : { asked: last.asked, cursor: last.next_cursor },
  placeholderData: keepPreviousData,
});
