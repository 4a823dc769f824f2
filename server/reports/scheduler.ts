// Runs what is due: one claim an instant, a missed one made up once, whatever the clock did in between.
import type { Control } from '../control/control.ts';
import { asAppError } from '../errors.ts';
import { errorFields, type Log } from '../log.ts';
import type { Deliver } from './deliver/deliver.ts';
import type { Reports } from './reports.ts';
import { nextDue, toSchedule, type Schedule } from './schedules.ts';

export interface Scheduler {
  /** Runs what is due now; answers how many runs began. Called by itself every few seconds. */
  tick: () => Promise<number>;
  /** Waits for what it began. */
  close: () => Promise<void>;
}

/** A report that is due at seven may begin some seconds later; the look itself costs a millisecond. */
const TICK_MS = 10_000;
/** A clock that was this far ahead and was set right: its instants are not waited for. */
const CLOCK_WRONG_MS = 24 * 3_600_000;

export const startScheduler = ({
  control,
  reports,
  deliver,
  now,
  log,
  tick_ms = TICK_MS,
}: {
  control: Control;
  reports: Reports;
  deliver: Deliver;
  now: () => number;
  log: Log;
  /** 0 lets only the caller tick. */
  tick_ms?: number;
}): Scheduler => {
  const open = new Set<Promise<void>>();
  const start = async (schedule: Schedule, workspace: string, due_at: string): Promise<void> => {
    const { report, environment, formats, destinations } = schedule;
    const { id, ended } = await reports.begin({
      workspace,
      report,
      // As if it had run on time, when it is made up later.
      params: { until: due_at, ...(environment === null ? {} : { environment }) },
      started_by: 'schedule',
      schedule_id: schedule.id,
    });
    await control.write([{ name: 'note_schedule_run', params: { id: schedule.id, run_id: id } }]);
    const done = ended
      .then(async () => {
        const run = await reports.run(workspace, id);
        if (run.state === 'done') await deliver(workspace, run, formats, destinations);
      })
      .catch((error: unknown) =>
        log.error('a report could not be delivered', {
          run: id,
          ...errorFields(asAppError(error)),
        }),
      )
      .finally(() => open.delete(done));
    open.add(done);
  };
  const take = async (schedule: Schedule, workspace: string): Promise<boolean> => {
    const { id, cron, time_zone, next_at } = schedule;
    const at = now();
    const next = nextDue(cron, time_zone, at);
    const last_due_at = next_at !== null && Date.parse(next_at) <= at ? next_at : null;
    if (last_due_at === null && !isStale(schedule, next, at)) return false;
    const params = { id, due_at: next_at, next_at: next, last_due_at };
    // INVARIANT: who moves the instant on runs it; another process or a second look finds it moved.
    const [changed] = await control.write([{ name: 'claim_report_schedule', params }]);
    if (changed !== 1 || last_due_at === null) return false;
    await start(schedule, workspace, last_due_at);
    return true;
  };
  const tick = async (): Promise<number> => {
    let began = 0;
    for (const row of await control.ask('list_enabled_schedules')) {
      const schedule = toSchedule({ ...row, enabled: 1, created_at: '', last_run_id: null });
      try {
        if (await take(schedule, String(row['workspace']))) began += 1;
      } catch (error) {
        log.warn('a scheduled report could not run', {
          schedule: schedule.id,
          report: schedule.report,
          ...errorFields(asAppError(error)),
        });
      }
    }
    return began;
  };
  let last: Promise<unknown> = Promise.resolve();
  const timed = (): void => {
    last = last.then(tick).catch((error: unknown) => {
      log.error('schedules could not be read', errorFields(asAppError(error)));
    });
  };
  const timer = tick_ms === 0 ? null : setInterval(timed, tick_ms).unref();
  if (timer !== null) timed();
  return {
    tick,
    async close() {
      if (timer !== null) clearInterval(timer);
      await last;
      await Promise.all(open);
    },
  };
};

/**
 * True where the instant noted is not the next one: the clock was ahead when it was noted, and was set right.
 * An instant that ran already is not noted again, so that a clock set back a little runs nothing twice.
 */
const isStale = ({ next_at, last_due_at }: Schedule, next: string | null, at: number): boolean => {
  if (next_at === null || next === null || next >= next_at)
    return next_at === null && next !== null;
  return (
    last_due_at === null || next > last_due_at || Date.parse(last_due_at) > at + CLOCK_WRONG_MS
  );
};
