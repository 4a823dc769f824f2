// /alerts: what is wrong now, who has seen it, what is muted, the rules, and what was told.
import { Hono } from 'hono';
import * as v from 'valibot';
import { STATES } from '../alerts/states.ts';
import { AppError } from '../errors.ts';
import { atMost, describeAct, readJson } from './body.ts';
import type { ApiEnv, ApiOptions } from './context.ts';
import {
  alertRow,
  destinationRow,
  evaluated,
  markBody,
  messageRow,
  muteBody,
  muteOneBody,
  muteRow,
  page,
  ruleBody,
  ruleRow,
} from './contract.ts';
import { readQuery } from './reports.ts';

/** What people decide is a few lines. */
const BODY_BYTES_MAX = 16 * 1024;
/** As many as a rule may find. */
const LIMIT_MAX = 2000;
const LIMIT_DEFAULT = 200;
const HISTORY_MAX = 200;
const whole = <Row>(rows: Row[], truncated = false) => ({ rows, next_cursor: null, truncated });

export const alertRoutes = ({ alerts, destinations }: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/alerts',
      describeAct({
        summary: 'What is wrong now, the worst first; `state` tells of pending or resolved ones',
        answer: page(alertRow),
      }),
      async (c) => {
        const { state, rule, agent, limit } = readQuery(c, ['state', 'rule', 'agent', 'limit']);
        const wanted = STATES.find((known) => known === state);
        if (state !== undefined && wanted === undefined) {
          throw new AppError('bad_param', `param "state" must be one of ${STATES.join(', ')}`);
        }
        const most = readLimit(limit);
        const { workspace } = c.var;
        const rows = await alerts.list({ workspace, state: wanted, rule, agent, limit: most + 1 });
        return c.json(whole(rows.slice(0, most), rows.length > most));
      },
    )
    .post(
      '/alerts/:id/acknowledge',
      describeAct({
        summary: 'Say that somebody works on it: it is not told again',
        answer: alertRow,
      }),
      async (c) =>
        c.json(await alerts.acknowledge(c.var.workspace, c.var.actor, c.req.param('id'))),
    )
    .post(
      '/alerts/:id/mute',
      describeAct({
        summary: 'Do not tell of this one until an instant',
        body: muteOneBody,
        answer: muteRow,
        status: 201,
      }),
      atMost(BODY_BYTES_MAX),
      async (c) => {
        const body = await readJson(c, muteOneBody);
        const { workspace, actor } = c.var;
        return c.json(await alerts.muteOne(workspace, actor, c.req.param('id'), body), 201);
      },
    )
    .get(
      '/alerts/mutes',
      describeAct({ summary: 'Mutes that hold now', answer: page(muteRow) }),
      async (c) => {
        readQuery(c, []);
        return c.json(whole(await alerts.mutes(c.var.workspace)));
      },
    )
    .post(
      '/alerts/mutes',
      describeAct({
        summary: 'Do not tell of a rule, an agent or a key until an instant',
        body: muteBody,
        answer: muteRow,
        status: 201,
      }),
      atMost(BODY_BYTES_MAX),
      async (c) => {
        const body = await readJson(c, muteBody);
        return c.json(await alerts.mute(c.var.workspace, c.var.actor, body), 201);
      },
    )
    .delete(
      '/alerts/mutes/:id',
      describeAct({ summary: 'End a mute', answer: v.null() }),
      async (c) => {
        await alerts.unmute(c.var.workspace, c.var.actor, c.req.param('id'));
        return c.json(null);
      },
    )
    .get(
      '/alerts/rules',
      describeAct({ summary: 'All rules, and how they run', answer: page(ruleRow) }),
      async (c) => {
        readQuery(c, []);
        return c.json(whole(await alerts.rules(c.var.workspace)));
      },
    )
    .put(
      '/alerts/rules/:name',
      describeAct({
        summary: 'Switch a rule on or off, and say whom it tells',
        body: ruleBody,
        answer: ruleRow,
      }),
      atMost(BODY_BYTES_MAX),
      async (c) => {
        const body = await readJson(c, ruleBody);
        const { workspace, actor } = c.var;
        return c.json(await alerts.setRule(workspace, actor, c.req.param('name'), body));
      },
    )
    .get(
      '/alerts/history',
      describeAct({ summary: 'What was told, the latest first', answer: page(messageRow) }),
      async (c) => {
        readQuery(c, []);
        const rows = await alerts.history(c.var.workspace, HISTORY_MAX + 1);
        const told = rows.slice(0, HISTORY_MAX).map(({ told: what, ...row }) => ({
          ...row,
          title: what.title,
          messages: what.alerts.map(({ message }) => message),
          error: what.error,
        }));
        return c.json(whole(v.parse(v.array(messageRow), told), rows.length > HISTORY_MAX));
      },
    )
    .post(
      '/alerts/evaluate',
      describeAct({ summary: 'Evaluate all rules now', answer: evaluated }),
      async (c) => c.json({ rules: await alerts.evaluate() }),
    )
    .put(
      '/alerts/destinations/:id',
      describeAct({
        summary: 'Say whether a destination of reports hears alerts too',
        body: markBody,
        answer: destinationRow,
      }),
      atMost(BODY_BYTES_MAX),
      async (c) => {
        const body = await readJson(c, markBody);
        const { workspace, actor } = c.var;
        return c.json(await destinations.mark(workspace, actor, c.req.param('id'), body.alerts));
      },
    );

const readLimit = (value: string | undefined): number => {
  if (value === undefined) return LIMIT_DEFAULT;
  const limit = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new AppError(
    'bad_param',
    `param "limit" must be a whole number between 1 and ${LIMIT_MAX}`,
  );
};
