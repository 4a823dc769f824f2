// /reports/schedules and /reports/destinations: when reports run by themselves, and where they are sent.
import { Hono } from 'hono';
import * as v from 'valibot';
import { atMost, describeAct, readJson } from './body.ts';
import type { ApiEnv, ApiOptions } from './context.ts';
import {
  destinationBody,
  destinationRow,
  page,
  scheduleBody,
  scheduleRow,
  trialRow,
} from './contract.ts';
import { readQuery } from './reports.ts';

const NOTHING = v.null();

/** What people decide is a few lines. */
const BODY_BYTES_MAX = 64 * 1024;

export const reportScheduleRoutes = ({ schedules, destinations, tryDestination }: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/reports/schedules',
      describeAct({ summary: 'All schedules of reports', answer: page(scheduleRow) }),
      async (c) => {
        readQuery(c, []);
        const rows = await schedules.list(c.var.workspace);
        return c.json({ rows, next_cursor: null, truncated: false });
      },
    )
    .post(
      '/reports/schedules',
      describeAct({
        summary: 'Add a schedule',
        body: scheduleBody,
        answer: scheduleRow,
        status: 201,
      }),
      atMost(BODY_BYTES_MAX),
      async (c) => {
        const body = await readJson(c, scheduleBody);
        return c.json(await schedules.create(c.var.workspace, c.var.actor, body), 201);
      },
    )
    .put(
      '/reports/schedules/:id',
      describeAct({ summary: 'Change a schedule', body: scheduleBody, answer: scheduleRow }),
      atMost(BODY_BYTES_MAX),
      async (c) => {
        const body = await readJson(c, scheduleBody);
        const { workspace, actor } = c.var;
        return c.json(await schedules.change(workspace, actor, c.req.param('id'), body));
      },
    )
    .delete(
      '/reports/schedules/:id',
      describeAct({ summary: 'Delete a schedule', answer: NOTHING }),
      async (c) => {
        await schedules.remove(c.var.workspace, c.var.actor, c.req.param('id'));
        return c.json(null);
      },
    )
    .get(
      '/reports/destinations',
      describeAct({ summary: 'Where reports can be sent', answer: page(destinationRow) }),
      async (c) => {
        readQuery(c, []);
        const rows = await destinations.list(c.var.workspace);
        return c.json({ rows, next_cursor: null, truncated: false });
      },
    )
    .post(
      '/reports/destinations',
      describeAct({
        summary: 'Add a destination; a webhook answers its signing secret this once',
        body: destinationBody,
        answer: destinationRow,
        status: 201,
      }),
      atMost(BODY_BYTES_MAX),
      async (c) => {
        const body = await readJson(c, destinationBody);
        return c.json(await destinations.create(c.var.workspace, c.var.actor, body), 201);
      },
    )
    .post(
      '/reports/destinations/:id/test',
      describeAct({ summary: 'Send a test there, once', answer: trialRow }),
      async (c) => {
        const { workspace, actor } = c.var;
        return c.json(await tryDestination(workspace, actor, c.req.param('id')));
      },
    )
    .delete(
      '/reports/destinations/:id',
      describeAct({ summary: 'Delete a destination', answer: NOTHING }),
      async (c) => {
        await destinations.remove(c.var.workspace, c.var.actor, c.req.param('id'));
        return c.json(null);
      },
    );
