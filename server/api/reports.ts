// /reports: what there is to run, runs that are kept, and one run in any format.
import { Hono } from 'hono';
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { FORMATS, render, type Format } from '../reports/render/render.ts';
import type { Definition } from '../reports/definition.ts';
import { atMost, describeAct, readJson } from './body.ts';
import type { ApiContext, ApiEnv, ApiOptions } from './context.ts';
import { page, reportRow, runBody, runDetail, runRow, type ReportRow } from './contract.ts';

/** What people decide is a few lines. */
const BODY_BYTES_MAX = 64 * 1024;

const DAY_MS = 86_400_000;
const LIMIT_DEFAULT = 50;
/** As many runs as are kept of one report. */
const LIMIT_MAX = 100;

export const reportRoutes = ({ reports, schedules }: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/reports',
      describeAct({ summary: 'All reports, with their last run', answer: page(reportRow) }),
      async (c) => {
        readQuery(c, []);
        const { workspace } = c.var;
        const runs = await reports.latest(workspace);
        const timed = (await schedules.list(workspace)).filter((schedule) => schedule.enabled);
        const rows = reports.catalogue
          .list()
          .map(({ name, source, fault, definition }): ReportRow => {
            const due = timed.filter((schedule) => schedule.report === name);
            const nexts = due.flatMap(({ next_at }) => (next_at === null ? [] : [next_at])).sort();
            return {
              name,
              source,
              fault,
              ...told(definition, name),
              schedules: due.length,
              next_at: nexts[0] ?? null,
              last_run: runs.find((run) => run.report === name) ?? null,
            };
          });
        return c.json({ rows, next_cursor: null, truncated: false });
      },
    )
    .get(
      '/reports/runs/:id',
      describeAct({
        summary: 'One run with its rows; `format` html, md or csv answers a file',
        answer: runDetail,
      }),
      async (c) => {
        const { format } = readQuery(c, ['format']);
        const run = await reports.run(c.var.workspace, c.req.param('id'));
        if (format === undefined) return c.json(run);
        const wanted = FORMATS.find((known): known is Format => known === format);
        if (wanted === undefined) {
          throw new AppError('bad_param', `param "format" must be one of ${FORMATS.join(', ')}`);
        }
        const file = await render(run, wanted);
        return c.body(file.body, 200, {
          'content-type': file.type,
          // A page of its own policy: it is opened as a file, not within the dashboard.
          'content-disposition': `attachment; filename="${file.file_name}"`,
          'cache-control': 'no-store',
        });
      },
    )
    .get(
      '/reports/:name/runs',
      describeAct({ summary: 'Kept runs of a report, the latest first', answer: page(runRow) }),
      async (c) => {
        const limit = readLimit(readQuery(c, ['limit'])['limit']);
        const report = c.req.param('name');
        const { workspace } = c.var;
        const rows = await reports.runs({ workspace, report, limit: limit + 1 });
        if (rows.length === 0 && !reports.catalogue.list().some(({ name }) => name === report)) {
          throw new AppError('not_found', `there is no report "${report.slice(0, 64)}"`);
        }
        const truncated = rows.length > limit;
        return c.json({ rows: rows.slice(0, limit), next_cursor: null, truncated });
      },
    )
    .post(
      '/reports/:name/run',
      describeAct({ summary: 'Begin a run', body: runBody, answer: runRow, status: 202 }),
      atMost(BODY_BYTES_MAX),
      async (c) => {
        const params = await readJson(c, runBody);
        const { workspace, actor } = c.var;
        const report = c.req.param('name');
        const { id } = await reports.begin({ workspace, report, params, started_by: actor });
        const run = await reports.run(workspace, id);
        return c.json(v.parse(runRow, run), 202);
      },
    );

const told = (definition: Definition | null, name: string) => ({
  title: definition?.title ?? name,
  question: definition?.query.question ?? '',
  window_days: Math.round((definition?.window_ms ?? 0) / DAY_MS),
  schedule: definition?.schedule ?? null,
});

/** The parameters of a request that takes these; an unknown one is refused, so that none is ever ignored. */
export const readQuery = (
  c: ApiContext,
  takes: readonly string[],
): Record<string, string | undefined> => {
  const values: Record<string, string | undefined> = {};
  for (const [name, value] of new URL(c.req.url).searchParams) {
    if (!takes.includes(name) || values[name] !== undefined) {
      throw new AppError(
        'bad_param',
        `param ${JSON.stringify(name.slice(0, 100))} is unknown here or told twice; this route takes ${takes.join(', ') || 'none'}`,
      );
    }
    values[name] = value;
  }
  return values;
};

const readLimit = (value: string | undefined): number => {
  if (value === undefined) return LIMIT_DEFAULT;
  const limit = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new AppError(
    'bad_param',
    `param "limit" must be a whole number between 1 and ${LIMIT_MAX}`,
  );
};
