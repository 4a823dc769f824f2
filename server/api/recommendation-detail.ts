// /recommendations/:recommendation_id and its replay: one proposal against all that is known of the past.
import { Hono } from 'hono';
import * as v from 'valibot';
import type { Param, Row } from '../store/store.ts';
import { textOf } from './cells.ts';
import type { ApiEnv, ApiOptions } from './context.ts';
import { page, recommendationDetail, replayRow } from './contract.ts';
import { describe, QUERY_TIMEOUT_MS, steppedNow, toPage, withoutCursor } from './list.ts';
import { LIMIT_DEFAULT, openCursor, readParams } from './params.ts';
import { recommendationOf } from './recommendation-acts.ts';

/** More acts on one proposal are for the audit log itself. */
const ACTS_MAX = 100;
const actDetail = v.object({ before: v.string(), state: v.string(), reason: v.string() });
const SQL = ['sql/queries/recommendations.sql', 'sql/queries/replay.sql'];

export const recommendationDetailRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/recommendations/:recommendation_id',
      describe({
        summary: 'One proposal with its replay and its undo',
        takes: [],
        answer: recommendationDetail,
      }),
      async (c) => {
        readParams(c.req.url, []);
        const row = await recommendationOf(api, c.var.workspace, c.req.param('recommendation_id'));
        const params = replayParams(api, c.var.workspace, row);
        const asked = { name: 'replay_summary', params, timeout_ms: QUERY_TIMEOUT_MS };
        const [replay] = row['permission'] === '' ? [] : await api.store.ask(asked);
        return c.json({
          recommendation: withoutCursor(row),
          replay: replay ?? null,
          undo: undoOf(row),
          sql: SQL,
          history: await historyOf(api, c.var.workspace, textOf(row, 'recommendation_id')),
        });
      },
    )
    .get(
      '/recommendations/:recommendation_id/replay',
      describe({
        summary: 'The past uses that one proposal would have lost or made ask first',
        takes: ['cursor', 'limit'],
        answer: page(replayRow),
      }),
      async (c) => {
        const values = readParams(c.req.url, ['cursor', 'limit']);
        const row = await recommendationOf(api, c.var.workspace, c.req.param('recommendation_id'));
        const limit = typeof values.limit === 'number' ? values.limit : LIMIT_DEFAULT;
        const { cursor } = values;
        const after =
          typeof cursor === 'string' ? openCursor(api.cursor_key, 'replay', cursor) : null;
        const params = { ...replayParams(api, c.var.workspace, row), after, limit: limit + 1 };
        const asked = { name: 'replay', params, timeout_ms: QUERY_TIMEOUT_MS };
        const rows = row['permission'] === '' ? [] : await api.store.ask(asked);
        return c.json(toPage(api, 'replay', rows, limit));
      },
    );

const replayParams = ({ now }: ApiOptions, workspace: string, row: Row): Record<string, Param> => {
  const text = (name: string): string => textOf(row, name);
  return {
    workspace,
    environment: text('environment'),
    agent: text('agent'),
    kind: text('kind'),
    permission: text('permission'),
    resource_pattern: text('resource_pattern'),
    proposed: JSON.stringify(row['proposed']),
    now: new Date(steppedNow(now())).toISOString(),
  };
};

/** What was done to it, from the audit log. */
const historyOf = async ({ control }: ApiOptions, workspace: string, target: string) => {
  const action = 'recommendation.state';
  const acts = await control.ask('list_acts_on', { workspace, action, target, limit: ACTS_MAX });
  return acts.map(({ occurred_at, actor, detail }) => ({
    occurred_at,
    actor,
    ...v.parse(actDetail, JSON.parse(String(detail))),
  }));
};

/** One sentence; what is granted again with the sources and places that granted it, where they are known. */
export const undoOf = (row: Row): string => {
  const text = (name: string): string => textOf(row, name);
  const held = `${text('permission')} on ${text('resource_pattern')}`;
  const listOf = (name: string): string => {
    const cell = row[name];
    return Array.isArray(cell) ? cell.map(String).join(', ') : '';
  };
  const [source, place] = [listOf('granted_by'), listOf('source_ref')];
  const through = (source && `, through ${source}`) + (place && ` at ${place}`);
  switch (text('kind')) {
    case 'shorten_ttl':
      return `Let ${text('subject')} tokens of ${text('agent')} live ${Number(row['present_s'])} s again.`;
    case 'split_token':
      return `Let a ${text('subject')} token of ${text('agent')} serve several sessions again.`;
    case 'raise_tier':
      return `Let ${text('agent')} use ${held} without asking again.`;
    case 'lower_tier':
      return `Let people be asked for ${held} again.`;
    default:
      return text('permission') === ''
        ? `Let ${text('agent')} act as before.`
        : `Grant ${held} to ${text('agent')} again${through}.`;
  }
};
