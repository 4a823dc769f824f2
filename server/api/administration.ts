// /audit and /settings: what was done to the server and by whom, and what it runs with.
import { Hono } from 'hono';
import type { Control } from '../control/control.ts';
import { describeAct, rowsIn } from './body.ts';
import type { ApiEnv, ApiOptions } from './context.ts';
import { auditChain, auditRow, page, settingRow } from './contract.ts';
import { exportResponse } from './export.ts';
import { describe } from './list.ts';
import { closeCursor, LIMIT_DEFAULT, openCursor, readParams, type ParamName } from './params.ts';

const TAKES: readonly ParamName[] = ['cursor', 'limit', 'format'];
/** Entries read at a time for an export. */
const EXPORT_ROWS = 1000;

export const administrationRoutes = (api: ApiOptions) =>
  new Hono<ApiEnv>()
    .get(
      '/audit',
      describe({
        summary: 'Every administrative act, the latest first',
        takes: TAKES,
        answer: page(auditRow),
        exports: true,
      }),
      async (c) => {
        const { cursor, limit = LIMIT_DEFAULT, format } = readParams(c.req.url, TAKES);
        const { workspace } = c.var;
        if (format === 'csv' || format === 'jsonl') {
          const columns = Object.keys(auditRow.entries);
          const pieces = allActs(api.control, workspace);
          return exportResponse({ format, name: 'audit', columns, pieces });
        }
        const before =
          typeof cursor === 'string' ? Number(openCursor(api.cursor_key, 'audit', cursor)) : null;
        const most = Number(limit);
        const acts = await api.control.acts({ workspace, limit: most + 1, before });
        const rows = acts.slice(0, most);
        const truncated = acts.length > most;
        const last = String(rows.at(-1)?.seq);
        const next_cursor = truncated ? closeCursor(api.cursor_key, 'audit', last) : null;
        return c.json({ rows, next_cursor, truncated });
      },
    )
    .get(
      '/audit/chain',
      describeAct({ summary: 'Whether the audit log is as it was written', answer: auditChain }),
      async (c) => {
        readParams(c.req.url, []);
        const [last] = await api.control.ask('last_audit_entry');
        return c.json({
          entries: Number(last?.['seq'] ?? 0),
          altered_seq: await api.control.firstAlteredAct(),
        });
      },
    )
    .get(
      '/settings',
      describeAct({
        summary: 'The settings in force and where each came from',
        answer: rowsIn(settingRow),
      }),
      (c) => {
        readParams(c.req.url, []);
        return c.json({ rows: [...api.settings] });
      },
    );

/** The whole log, page by page, the latest first. */
async function* allActs(
  control: Control,
  workspace: string,
): AsyncGenerator<Record<string, unknown>[]> {
  let before: number | null = null;
  for (;;) {
    const acts = await control.acts({ workspace, limit: EXPORT_ROWS, before });
    yield acts.map((entry) => ({ ...entry }));
    before = acts.at(-1)?.seq ?? null;
    if (acts.length < EXPORT_ROWS) return;
  }
}
