// /sessions: every session, and one with all that happened in it.
import { Hono } from 'hono';
import { AppError } from '../errors.ts';
import type { Cell } from '../store/store.ts';
import type { ApiContext, ApiEnv, ApiOptions } from './context.ts';
import { page, sessionDetail, sessionRow, sessionSurfaceRow } from './contract.ts';
import { describe, list } from './list.ts';
import { readParams } from './params.ts';
import { askRows } from './single.ts';

/** What one page can draw of one session; more is said to be there, and the lists have it. */
const SPANS_MAX = 5000;
const PARTS_MAX = 2000;
/** An agent may hold 5,000 permissions. */
const SURFACE_MAX = 5000;
/** A session is looked up by its name wherever in time it lies. */
const ALWAYS = { since: '1970-01-01T00:00:00.000000Z', until: '2262-01-01T00:00:00.000000Z' };

const DETAIL_TAKES = ['environment', 'agent'] as const;

export const sessionRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/sessions',
      ...list(api, {
        query: 'sessions',
        summary: 'Every session, the latest first',
        row: sessionRow,
      }),
    )
    .get(
      '/sessions/:session',
      describe({
        summary:
          'One session with its spans, decisions, tokens, the surface over its time, and what of it was wasted',
        takes: DETAIL_TAKES,
        answer: sessionDetail,
      }),
      async (c) => c.json(await detailOf(api, c, c.req.param('session'))),
    )
    .get(
      '/sessions/:session/surface',
      describe({
        summary: 'What one session held, from when to when, and what of it had been used',
        takes: DETAIL_TAKES,
        answer: page(sessionSurfaceRow),
      }),
      async (c) => {
        const { path } = await findSession(api, c, c.req.param('session'));
        const rows = await askRows(api, c, 'session_surface', ALWAYS, {
          path,
          limit: SURFACE_MAX + 1,
        });
        const truncated = rows.length > SURFACE_MAX;
        return c.json({ rows: rows.slice(0, SURFACE_MAX), next_cursor: null, truncated });
      },
    );

/** The session of that name, and what tells it from others of the same name. Throws AppError `not_found`. */
const findSession = async (api: ApiOptions, c: ApiContext, id: string) => {
  const values = { ...readParams(c.req.url, DETAIL_TAKES), ...ALWAYS };
  const [session] = await askRows(api, c, 'session', values, { path: { session: id }, limit: 1 });
  if (session === undefined) throw new AppError('not_found', 'no such session');
  const path = {
    session: id,
    agent: textOf(session['agent']),
    environment: textOf(session['environment']),
  };
  return { session, path };
};

const detailOf = async (api: ApiOptions, c: ApiContext, id: string) => {
  const { session, path } = await findSession(api, c, id);
  const part = (query: string, limit: number) => askRows(api, c, query, ALWAYS, { path, limit });
  const [spans, decisions, tokens, steps, resources, ambient, [privilege]] = await Promise.all([
    part('session_spans', SPANS_MAX + 1),
    part('session_decisions', PARTS_MAX + 1),
    part('session_tokens', PARTS_MAX + 1),
    part('session_steps', PARTS_MAX + 1),
    part('session_resources', PARTS_MAX + 1),
    part('session_ambient', PARTS_MAX),
    part('session_privilege', 1),
  ]);
  return {
    session,
    spans: spans.slice(0, SPANS_MAX),
    decisions: decisions.slice(0, PARTS_MAX),
    tokens: tokens.slice(0, PARTS_MAX),
    steps: steps.slice(0, PARTS_MAX),
    privilege,
    resources: resources.slice(0, PARTS_MAX),
    ambient,
    truncated:
      spans.length > SPANS_MAX ||
      [decisions, tokens, steps, resources].some((rows) => rows.length > PARTS_MAX),
  };
};

const textOf = (cell: Cell | undefined): string => (typeof cell === 'string' ? cell : '');
