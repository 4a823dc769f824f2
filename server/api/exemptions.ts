// /exemptions: permissions that are not judged for a time; a ruling of somebody's, audited before it counts.
import { Hono } from 'hono';
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { atMost, describeAct, readJson, rowsIn } from './body.ts';
import type { ApiContext, ApiEnv, ApiOptions } from './context.ts';
import { exemptionBody, exemptionKey, exemptionRow } from './contract.ts';
import { ownRows } from './own-rows.ts';
import { QUERY_TIMEOUT_MS, steppedNow } from './list.ts';
import { readParams } from './params.ts';

const BODY_BYTES_MAX = 16 * 1024;
const DAY_MS = 24 * 3_600_000;
const WINDOW_MS = 90 * DAY_MS;
/** Of the classes that destroy, leave the house or hand on rights. */
const WEIGHT_HEAVY = 10;
export const exemptionRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/exemptions',
      describeAct({
        summary: 'Permissions that are not judged for a time',
        answer: rowsIn(exemptionRow),
      }),
      async (c) => {
        readParams(c.req.url, []);
        const rows = await api.control.ask('list_exemptions');
        return c.json({ rows: ownRows(rows, c).map((row) => toExemption(row, api.now())) });
      },
    )
    .put(
      '/exemptions',
      describeAct({
        summary: 'Exempt a permission from judgement for at most 90 days',
        answer: exemptionRow,
        body: exemptionBody,
      }),
      atMost(BODY_BYTES_MAX),
      async (c) => {
        const { days, approved_by: told, ...named } = await readJson(c, exemptionBody);
        const exempt = { ...named, approved_by: told?.trim() ?? null };
        await checkSecond(api, c, exempt);
        const { workspace } = c.var;
        const created_at = new Date(api.now()).toISOString();
        const expires_at = new Date(api.now() + days * DAY_MS).toISOString();
        const target = `${exempt.environment} ${exempt.agent} ${exempt.permission}`;
        const detail = { ...exempt, expires_at, approved_by: exempt.approved_by ?? '' };
        await api.rule({ workspace, actor: c.var.actor, action: 'exemption.put', target, detail }, [
          { name: 'put_exemption', params: { workspace, ...exempt, created_at, expires_at } },
        ]);
        return c.json(toExemption({ ...exempt, created_at, expires_at }, api.now()));
      },
    )
    .delete(
      '/exemptions',
      describeAct({ summary: 'End an exemption', answer: v.object({}), body: exemptionKey }),
      atMost(BODY_BYTES_MAX),
      async (c) => {
        const key = await readJson(c, exemptionKey);
        const { workspace } = c.var;
        const target = `${key.environment} ${key.agent} ${key.permission}`;
        await api.rule(
          { workspace, actor: c.var.actor, action: 'exemption.remove', target, detail: key },
          [
            {
              name: 'remove_exemption',
              params: { workspace, ...key },
              or_missing: 'there is no such exemption',
            },
          ],
        );
        return c.json({});
      },
    );

const toExemption = (row: Record<string, unknown>, now: number) => ({
  ...row,
  in_force: Date.parse(String(row['expires_at'])) > now,
  broad: String(row['permission']).includes('*'),
});

/** Whoever proposes cannot alone keep a permission of weight 10. Throws AppError `forbidden`. */
const checkSecond = async (
  api: ApiOptions,
  c: ApiContext,
  exempt: {
    environment: string;
    agent: string;
    permission: string;
    owner: string;
    approved_by: string | null;
  },
): Promise<void> => {
  const second = exempt.approved_by === null ? '' : folded(exempt.approved_by);
  if (!['', folded(exempt.owner), folded(c.var.actor)].includes(second)) return;
  const now = steppedNow(api.now());
  const params: Record<string, string | number | null> = {};
  for (const name of api.declared('surface').keys()) params[name] = null;
  const rows = await api.store.ask({
    name: 'surface',
    params: {
      ...params,
      workspace: c.var.workspace,
      environment: exempt.environment,
      agent: JSON.stringify([exempt.agent]),
      permission: JSON.stringify([exempt.permission]),
      since: new Date(now - WINDOW_MS).toISOString(),
      until: new Date(now).toISOString(),
      now: new Date(now).toISOString(),
      limit: 1,
    },
    timeout_ms: QUERY_TIMEOUT_MS,
  });
  const [row] = rows;
  if (row === undefined) {
    throw new AppError('not_found', `${exempt.agent} never held or used ${exempt.permission}`);
  }
  if (Number(row['weight']) < WEIGHT_HEAVY && !exempt.permission.includes('*')) return;
  throw new AppError(
    'forbidden',
    `${exempt.permission} ${exempt.permission.includes('*') ? 'stands for many' : 'weighs 10'}: approved_by must name somebody else than the owner and whoever asks`,
  );
};

/** A name as it is compared: what looks the same is the same person. */
const folded = (name: string): string =>
  name
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .toLowerCase();
