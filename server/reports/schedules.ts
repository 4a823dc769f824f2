// Schedules as people set them: a report, when and in which time zone, and where to.
import { randomUUID } from 'node:crypto';
import { Cron } from 'croner';
import type { Control, ControlRow } from '../control/control.ts';
import { AppError } from '../errors.ts';
import type { ReportCatalogue } from './catalogue.ts';
import type { Format } from './render/render.ts';

export interface ScheduleSettings {
  report: string;
  cron: string;
  time_zone: string;
  environment: string | null;
  formats: Format[];
  /** Ids of destinations. */
  destinations: string[];
  enabled: boolean;
}

export interface Schedule extends ScheduleSettings {
  id: string;
  created_at: string;
  next_at: string | null;
  last_due_at: string | null;
  last_run_id: string | null;
}

export interface Schedules {
  list(workspace: string): Promise<Schedule[]>;
  create(workspace: string, actor: string, settings: ScheduleSettings): Promise<Schedule>;
  change(
    workspace: string,
    actor: string,
    id: string,
    settings: ScheduleSettings,
  ): Promise<Schedule>;
  remove(workspace: string, actor: string, id: string): Promise<void>;
}

/** More than a workspace has reports and readers. */
const SCHEDULES_MAX = 200;
/** A report is for people: once a minute would only fill the disk. */
const INTERVAL_LEAST_MS = 5 * 60_000;

/** The first instant after `after` at which the expression is due; null where there is none. */
export const nextDue = (cron: string, time_zone: string, after: number): string | null =>
  new Cron(cron, { timezone: time_zone, mode: '5-part' }).nextRun(new Date(after))?.toISOString() ??
  null;

/** Throws AppError `bad_request` that says what is wrong. */
const checkTimes = (cron: string, time_zone: string, now: number): string => {
  const first = tried(() => nextDue(cron, time_zone, now), cron, time_zone);
  if (first === null) throw new AppError('bad_request', `cron "${cron}" is never due`);
  const second = nextDue(cron, time_zone, Date.parse(first));
  if (second !== null && Date.parse(second) - Date.parse(first) < INTERVAL_LEAST_MS) {
    throw new AppError('bad_request', 'a schedule is due every 5 minutes at most');
  }
  return first;
};

const tried = <Answer>(work: () => Answer, cron: string, time_zone: string): Answer => {
  if (!isZone(time_zone)) {
    throw new AppError('bad_request', `there is no time zone "${time_zone}"; one is Europe/Berlin`);
  }
  try {
    return work();
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    throw new AppError('bad_request', `cron "${cron}" cannot be read: ${told}`);
  }
};

const isZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

export const createSchedules = ({
  control,
  catalogue,
  now,
}: {
  control: Control;
  catalogue: ReportCatalogue;
  now: () => number;
}): Schedules => {
  const list = async (workspace: string): Promise<Schedule[]> =>
    (await control.ask('list_report_schedules', { workspace, limit: SCHEDULES_MAX })).map(
      toSchedule,
    );
  const check = async (workspace: string, settings: ScheduleSettings): Promise<string> => {
    catalogue.find(settings.report);
    const known = await control.ask('list_report_destinations', { workspace, limit: 1000 });
    const unknown = settings.destinations.find((id) => !known.some((row) => row['id'] === id));
    if (unknown !== undefined) {
      throw new AppError('bad_request', `there is no destination "${unknown}"`);
    }
    return checkTimes(settings.cron, settings.time_zone, now());
  };
  const columns = (workspace: string, id: string, settings: ScheduleSettings, next: string) => ({
    id,
    workspace,
    cron: settings.cron,
    time_zone: settings.time_zone,
    params: JSON.stringify({ environment: settings.environment }),
    formats: JSON.stringify(settings.formats),
    destinations: JSON.stringify(settings.destinations),
    enabled: settings.enabled ? 1 : 0,
    next_at: settings.enabled ? next : null,
  });
  const found = async (workspace: string, id: string): Promise<Schedule> => {
    const schedule = (await list(workspace)).find((one) => one.id === id);
    if (schedule === undefined) throw new AppError('not_found', 'there is no such schedule');
    return schedule;
  };
  return {
    list,
    async create(workspace, actor, settings) {
      const next = await check(workspace, settings);
      if ((await list(workspace)).length >= SCHEDULES_MAX) {
        throw new AppError('bad_request', `there are ${SCHEDULES_MAX} schedules already`);
      }
      const id = randomUUID();
      const created_at = new Date(now()).toISOString();
      const { report } = settings;
      const params = { ...columns(workspace, id, settings, next), report, created_at };
      const act = {
        workspace,
        actor,
        action: 'schedule.create',
        target: id,
        detail: { ...settings },
      };
      await control.act(act, [{ name: 'add_report_schedule', params }]);
      return found(workspace, id);
    },
    async change(workspace, actor, id, settings) {
      const before = await found(workspace, id);
      if (before.report !== settings.report) {
        throw new AppError('bad_request', 'a schedule keeps its report; make another for another');
      }
      const next = await check(workspace, settings);
      const act = {
        workspace,
        actor,
        action: 'schedule.change',
        target: id,
        detail: { ...settings },
      };
      const or_missing = 'there is no such schedule';
      const params = columns(workspace, id, settings, next);
      await control.act(act, [{ name: 'change_report_schedule', params, or_missing }]);
      return found(workspace, id);
    },
    async remove(workspace, actor, id) {
      const act = { workspace, actor, action: 'schedule.delete', target: id };
      const or_missing = 'there is no such schedule';
      const params = { workspace, id };
      await control.act(act, [{ name: 'delete_report_schedule', params, or_missing }]);
    },
  };
};

export const toSchedule = (row: ControlRow): Schedule => {
  const text = (name: string): string => String(row[name] ?? '');
  const maybe = (name: string): string | null => (row[name] === null ? null : text(name));
  const { environment } = JSON.parse(text('params')) as { environment: string | null };
  return {
    id: text('id'),
    report: text('report'),
    cron: text('cron'),
    time_zone: text('time_zone'),
    environment,
    formats: JSON.parse(text('formats')) as Format[],
    destinations: JSON.parse(text('destinations')) as string[],
    enabled: row['enabled'] === 1,
    created_at: text('created_at'),
    next_at: maybe('next_at'),
    last_due_at: maybe('last_due_at'),
    last_run_id: maybe('last_run_id'),
  };
};
