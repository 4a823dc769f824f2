// Runs reports one after the other, and keeps what came.
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import type { Control } from '../control/control.ts';
import { AppError, asAppError } from '../errors.ts';
import { errorFields, type Log } from '../log.ts';
import { REPORT_PREFIX } from '../store/query.ts';
import type { Store } from '../store/store.ts';
import { createAskRows } from './ask.ts';
import type { ReportCatalogue } from './catalogue.ts';
import type { Definition } from './definition.ts';
import { keptRun, runTold, shapeOf, type KeptRun, type RunTold } from './kept.ts';
import { askedOf, resultOf, type AskedParams, type RunParams } from './run.ts';
import type { Sandbox } from './sandbox.ts';

export interface BeginOptions {
  workspace: string;
  report: string;
  params: RunParams;
  started_by: string;
  schedule_id?: string;
}

export interface Reports {
  catalogue: ReportCatalogue;
  /** Begins a run behind those that wait; `ended` never rejects. Throws as ReportCatalogue.find does. */
  begin(options: BeginOptions): Promise<{ id: string; ended: Promise<void> }>;
  runs(options: { workspace: string; report?: string; limit: number }): Promise<RunTold[]>;
  /** The latest of each report. */
  latest(workspace: string): Promise<RunTold[]>;
  /** Throws AppError `not_found`. */
  run(workspace: string, id: string): Promise<KeptRun>;
  /** Waits for what runs. */
  close(): Promise<void>;
}

/** A report takes a second or so; beyond this somebody only presses a button again and again. */
const WAITING_MAX = 16;
/** A year of weekly runs, or three months of daily ones. */
const RUNS_KEPT = 100;
/** As long as the facts that a run was made of. */
const KEPT_MS = 400 * 86_400_000;

export const createReports = async ({
  store,
  control,
  catalogue,
  sandbox,
  snapshots,
  now,
  log,
}: {
  store: Store;
  control: Control;
  catalogue: ReportCatalogue;
  sandbox: Sandbox;
  /** Folder that the store may write snapshots to. */
  snapshots: string;
  now: () => number;
  log: Log;
}): Promise<Reports> => {
  await control.write([{ name: 'fail_open_runs', params: {} }]);
  // What a killed process left behind; each run makes its own and takes it away.
  await rm(snapshots, { recursive: true, force: true });
  await mkdir(snapshots, { recursive: true, mode: 0o700 });
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  const ask = createAskRows({ store, sandbox, snapshots });
  const perform = async (
    id: string,
    definition: Definition,
    asked: AskedParams,
    workspace: string,
    own: boolean,
  ): Promise<void> => {
    const began = now();
    const end = { id, row_count: null, truncated: 0, counts: null, columns: null, body: null };
    try {
      const prefix = own ? null : REPORT_PREFIX;
      const result = resultOf(definition, await ask({ definition, asked, workspace, prefix }));
      const done = {
        ...end,
        state: 'done',
        duration_ms: now() - began,
        row_count: result.rows.length,
        truncated: result.truncated ? 1 : 0,
        counts: result.counts === null ? null : JSON.stringify(result.counts),
        columns: JSON.stringify(shapeOf(definition)),
        error_code: null,
        error: null,
        body: JSON.stringify(result.rows),
      };
      await control.write([{ name: 'end_report_run', params: done }]);
    } catch (error) {
      const told = asAppError(error);
      log.warn('a report failed', { report: definition.name, run: id, ...errorFields(told) });
      const failed = {
        ...end,
        columns: JSON.stringify(shapeOf(definition)),
        state: 'failed',
        duration_ms: now() - began,
        error_code: told.code,
        error: told.message,
      };
      await control.write([{ name: 'end_report_run', params: failed }]);
    }
    const before = new Date(now() - KEPT_MS).toISOString();
    const params = { workspace, report: definition.name, keep: RUNS_KEPT, before };
    await control.write([{ name: 'forget_report_runs', params }]);
  };
  return {
    catalogue,
    async begin({ workspace, report, params, started_by, schedule_id }) {
      const { listed, definition } = catalogue.find(report);
      const asked = askedOf(definition, params, now());
      if (waiting >= WAITING_MAX) throw new AppError('overloaded', 'too many reports wait to run');
      const id = randomUUID();
      const row = {
        id,
        workspace,
        report,
        title: definition.title,
        started_by,
        schedule_id: schedule_id ?? null,
        params: JSON.stringify(asked),
        digest: definition.digest,
        started_at: new Date(now()).toISOString(),
      };
      await control.write([{ name: 'add_report_run', params: row }]);
      waiting += 1;
      const own = listed.source === 'folder';
      const ended = last
        .then(() => perform(id, definition, asked, workspace, own))
        .catch((error: unknown) =>
          log.error('a run could not be kept', { run: id, ...errorFields(asAppError(error)) }),
        )
        .finally(() => {
          waiting -= 1;
        });
      last = ended;
      return { id, ended };
    },
    async runs({ workspace, report, limit }) {
      const params = { workspace, report: report ?? null, limit };
      return (await control.ask('list_report_runs', params)).map(runTold);
    },
    latest: async (workspace) =>
      (await control.ask('latest_report_runs', { workspace })).map(runTold),
    async run(workspace, id) {
      const [row] = await control.ask('find_report_run', { workspace, id });
      if (row === undefined) throw new AppError('not_found', 'there is no such run');
      return keptRun(row);
    },
    async close() {
      catalogue.close();
      await last;
    },
  };
};
