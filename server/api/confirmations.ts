// /confirmations: sessions that somebody looked at, whose uses are evidence; a ruling, audited before it counts.
import { Hono } from 'hono';
import * as v from 'valibot';
import { atMost, describeAct, readJson, rowsIn } from './body.ts';
import type { ApiEnv, ApiOptions } from './context.ts';
import { confirmationBody, confirmationKey, confirmationRow } from './contract.ts';
import { ownRows } from './own-rows.ts';
import { readParams } from './params.ts';

const BODY_BYTES_MAX = 16 * 1024;
export const confirmationRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/confirmations',
      describeAct({
        summary: 'Sessions whose uses somebody found to be evidence',
        answer: rowsIn(confirmationRow),
      }),
      async (c) => {
        readParams(c.req.url, []);
        return c.json({ rows: ownRows(await api.control.ask('list_confirmations'), c) });
      },
    )
    .put(
      '/confirmations',
      describeAct({
        summary: 'Let the uses of a sweep, or of a sender nobody vouches for, be evidence of need',
        answer: confirmationRow,
        body: confirmationBody,
      }),
      atMost(BODY_BYTES_MAX),
      async (c) => {
        const body = await readJson(c, confirmationBody);
        const { workspace } = c.var;
        const created_at = new Date(api.now()).toISOString();
        const target = `${body.environment} ${body.agent} ${body.session}`;
        await api.rule(
          { workspace, actor: c.var.actor, action: 'confirmation.put', target, detail: body },
          [{ name: 'put_confirmation', params: { workspace, ...body, created_at } }],
        );
        return c.json({ ...body, created_at });
      },
    )
    .delete(
      '/confirmations',
      describeAct({
        summary: 'Let a session wait for a review again',
        answer: v.object({}),
        body: confirmationKey,
      }),
      atMost(BODY_BYTES_MAX),
      async (c) => {
        const key = await readJson(c, confirmationKey);
        const { workspace } = c.var;
        const target = `${key.environment} ${key.agent} ${key.session}`;
        await api.rule(
          { workspace, actor: c.var.actor, action: 'confirmation.remove', target, detail: key },
          [
            {
              name: 'remove_confirmation',
              params: { workspace, ...key },
              or_missing: 'there is no such confirmation',
            },
          ],
        );
        return c.json({});
      },
    );
