// POST /recommendations/:recommendation_id/state: what somebody decides about a proposal, audited before it takes effect.
import { Hono } from 'hono';
import { describeRoute, resolver } from 'hono-openapi';
import type * as v from 'valibot';
import { AppError } from '../errors.ts';
import type { Row } from '../store/store.ts';
import { atMost, readJson } from './body.ts';
import { textOf } from './cells.ts';
import type { ApiEnv, ApiOptions } from './context.ts';
import { errorBody, recommendationAct, recommendationRow } from './contract.ts';
import { withoutCursor } from './list.ts';
import { recommendationAt, recommendationOf } from './recommendation-one.ts';

const ACT_ON_PROPOSAL = 'recommendation.state';
const BODY_BYTES_MAX = 16 * 1024;
const DAY_MS = 24 * 3_600_000;
/** People have so long to object, and then to miss it, before it is gone for good. */
const ANNOUNCED_MS = 7 * DAY_MS;
const ASKED_FIRST_MS = 14 * DAY_MS;
const DISMISSED_DAYS = 90;

/** From which states each may be reached; a team that applies a diff by code review goes from open to removed. */
const FROM: Readonly<Record<v.InferOutput<typeof recommendationAct>['state'], readonly string[]>> =
  {
    accepted: ['open', 'dismissed', 'restored'],
    announced: ['open', 'accepted', 'restored'],
    asked_first: ['open', 'accepted', 'announced', 'restored'],
    removed: ['open', 'accepted', 'announced', 'asked_first', 'restored', 'regressed'],
    restored: ['asked_first', 'removed', 'verified', 'regressed'],
    dismissed: ['open', 'accepted', 'announced', 'asked_first', 'restored'],
  };

export const recommendationActRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>().post(
    '/recommendations/:recommendation_id/state',
    describeRoute({
      summary: 'Accept, announce, ask first, mark as removed, restore or dismiss a proposal',
      requestBody: {
        required: true,
        content: { 'application/json': { schema: resolver(recommendationAct) } },
      },
      responses: {
        200: {
          description: 'The proposal in its new state',
          content: { 'application/json': { schema: resolver(recommendationRow) } },
        },
        default: {
          description: 'Refused or failed',
          content: { 'application/json': { schema: resolver(errorBody) } },
        },
      },
    }),
    atMost(BODY_BYTES_MAX),
    async (c, next) => {
      // Read before its turn: a body that comes slowly holds up nobody.
      await readJson(c, recommendationAct);
      const target = c.req.param('recommendation_id');
      await api.inTurn({ workspace: c.var.workspace, action: ACT_ON_PROPOSAL, target }, next);
    },
    async (c) => {
      const id = c.req.param('recommendation_id');
      const act = await readJson(c, recommendationAct);
      const row = await recommendationOf(api, c.var.workspace, id);
      check(act, row);
      const text = (name: string): string => textOf(row, name);
      const { workspace } = c.var;
      const since = new Date(api.now()).toISOString();
      const detail = { state: act.state, before: row['state'], reason: act.reason ?? '' };
      await api.rule(
        { workspace, actor: c.var.actor, action: ACT_ON_PROPOSAL, target: id, detail },
        [
          {
            name: 'put_recommendation_state',
            params: {
              workspace,
              recommendation_id: id,
              kind: text('kind'),
              environment: text('environment'),
              agent: text('agent'),
              permission: text('permission'),
              resource_pattern: text('resource_pattern'),
              subject: text('subject'),
              proposed: JSON.stringify(row['proposed']),
              state: act.state,
              since,
              due_at: dueAt(act, Date.parse(since)),
              reason: act.reason ?? '',
              actor: c.var.actor,
              digest: text('digest'),
              restores: act.state === 'restored' ? 1 : 0,
            },
          },
        ],
      );
      const place = { workspace, environment: text('environment'), agent: text('agent') };
      return c.json(withoutCursor(await recommendationAt(api, place, id)));
    },
  );

type RecommendationAct = v.InferOutput<typeof recommendationAct>;

/** Throws AppError `conflict` where the proposal is not what the caller saw, or not in a state for it. */
const check = (act: RecommendationAct, row: Row): void => {
  if (act.digest !== undefined && act.digest !== row['digest']) {
    throw new AppError('conflict', 'the evidence has changed since it was looked at');
  }
  const state = textOf(row, 'state');
  if (FROM[act.state].includes(state)) return;
  throw new AppError('conflict', `a recommendation that is ${state} cannot become ${act.state}`);
};

const dueAt = ({ state, days }: RecommendationAct, now: number): string | null => {
  const after: Partial<Record<RecommendationAct['state'], number>> = {
    announced: ANNOUNCED_MS,
    asked_first: ASKED_FIRST_MS,
    dismissed: (days ?? DISMISSED_DAYS) * DAY_MS,
  };
  const ms = after[state];
  return ms === undefined ? null : new Date(now + ms).toISOString();
};
