// /quarantines: sessions whose uses are no evidence of need; a ruling of somebody's, audited before it counts.
import { Hono } from 'hono';
import * as v from 'valibot';
import { atMost, describeAct, readJson, rowsIn } from './body.ts';
import type { ApiEnv, ApiOptions } from './context.ts';
import { quarantineBody, quarantineKey, quarantineRow } from './contract.ts';
import { ownRows } from './own-rows.ts';
import { readParams } from './params.ts';

const BODY_BYTES_MAX = 16 * 1024;
export const quarantineRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/quarantines',
      describeAct({
        summary: 'Sessions whose uses are no evidence',
        answer: rowsIn(quarantineRow),
      }),
      async (c) => {
        readParams(c.req.url, []);
        return c.json({ rows: ownRows(await api.control.ask('list_quarantines'), c) });
      },
    )
    .put(
      '/quarantines',
      describeAct({
        summary: 'Let the uses of a session be no evidence of need',
        answer: quarantineRow,
        body: quarantineBody,
      }),
      atMost(BODY_BYTES_MAX),
      async (c) => {
        const body = await readJson(c, quarantineBody);
        const { workspace } = c.var;
        const created_at = new Date(api.now()).toISOString();
        const target = `${body.environment} ${body.agent} ${body.session}`;
        await api.rule(
          { workspace, actor: c.var.actor, action: 'quarantine.put', target, detail: body },
          [{ name: 'put_quarantine', params: { workspace, ...body, created_at } }],
        );
        return c.json({ ...body, created_at });
      },
    )
    .delete(
      '/quarantines',
      describeAct({
        summary: 'Let the uses of a session be evidence again',
        answer: v.object({}),
        body: quarantineKey,
      }),
      atMost(BODY_BYTES_MAX),
      async (c) => {
        const key = await readJson(c, quarantineKey);
        const { workspace } = c.var;
        const target = `${key.environment} ${key.agent} ${key.session}`;
        await api.rule(
          { workspace, actor: c.var.actor, action: 'quarantine.remove', target, detail: key },
          [
            {
              name: 'remove_quarantine',
              params: { workspace, ...key },
              or_missing: 'there is no such quarantine',
            },
          ],
        );
        return c.json({});
      },
    );
