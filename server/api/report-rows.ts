// The answers and bodies of /reports, as schemas.
import * as v from 'valibot';
import { instant, maybeInstant, maybeNumber, maybeText, texts } from './cells.ts';

const text = (length: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(length));
const FORMATS = ['html', 'md', 'csv', 'json'] as const;

const counts = v.object({
  info: v.number(),
  low: v.number(),
  medium: v.number(),
  high: v.number(),
});

const delivery = v.object({
  destination: v.string(),
  kind: v.string(),
  state: v.picklist(['delivered', 'failed']),
  attempts: v.number(),
  ended_at: instant,
  detail: v.string(),
});

/** A run without its rows. */
export const runRow = v.object({
  id: v.string(),
  report: v.string(),
  title: v.string(),
  state: v.picklist(['running', 'done', 'failed']),
  /** Who began it: a person, `schedule`. */
  started_by: v.string(),
  schedule_id: maybeText,
  params: v.object({
    environment: maybeText,
    agent: v.nullable(v.pipe(texts, v.readonly())),
    since: instant,
    until: instant,
  }),
  /** SHA-256 of the SQL that ran. */
  digest: v.string(),
  started_at: instant,
  duration_ms: maybeNumber,
  row_count: maybeNumber,
  truncated: v.boolean(),
  /** Findings by severity; null where rows are no findings. */
  counts: v.nullable(counts),
  error_code: maybeText,
  error: maybeText,
  deliveries: v.array(delivery),
});

const shape = v.object({
  question: v.string(),
  columns: v.pipe(v.array(v.object({ name: v.string(), type: v.string() })), v.readonly()),
  severity: maybeText,
  chart: v.nullable(
    v.variant('kind', [
      v.object({ kind: v.literal('bars'), label: v.string(), value: maybeText }),
      v.object({
        kind: v.literal('shares'),
        label: v.string(),
        part: v.string(),
        whole: v.string(),
      }),
    ]),
  ),
  /** The file as it ran. */
  sql: v.optional(v.string()),
});

export type ReportCell =
  string | number | boolean | null | ReportCell[] | { [name: string]: ReportCell };
const cell = v.any() as unknown as v.GenericSchema<ReportCell>;

/** A run with its rows, by the columns of its shape. */
export const runDetail = v.object({
  ...runRow.entries,
  shape: v.nullable(shape),
  rows: v.array(v.record(v.string(), cell)),
});

export const reportRow = v.object({
  name: v.string(),
  title: v.string(),
  question: v.string(),
  source: v.picklist(['built_in', 'folder']),
  /** What is wrong with the file; null where nothing is. */
  fault: maybeText,
  window_days: v.number(),
  /** The schedule that its file proposes. */
  schedule: maybeText,
  /** Schedules of it that are in force. */
  schedules: v.number(),
  next_at: maybeInstant,
  last_run: v.nullable(runRow),
});

export const runBody = v.strictObject({
  environment: v.optional(text(200)),
  agent: v.optional(v.pipe(v.array(text(500)), v.maxLength(100))),
  since: v.optional(text(40)),
  until: v.optional(text(40)),
});

export const scheduleRow = v.object({
  id: v.string(),
  report: v.string(),
  cron: v.string(),
  time_zone: v.string(),
  environment: maybeText,
  formats: v.array(v.picklist(FORMATS)),
  /** Ids of destinations. */
  destinations: texts,
  enabled: v.boolean(),
  created_at: instant,
  next_at: maybeInstant,
  last_due_at: maybeInstant,
  last_run_id: maybeText,
});

export const scheduleBody = v.strictObject({
  report: text(64),
  cron: text(100),
  time_zone: v.optional(text(100), 'UTC'),
  environment: v.optional(v.nullable(text(200)), null),
  formats: v.optional(v.pipe(v.array(v.picklist(FORMATS)), v.minLength(1), v.maxLength(4)), [
    'html',
  ]),
  destinations: v.optional(v.pipe(v.array(text(64)), v.maxLength(20)), []),
  enabled: v.optional(v.boolean(), true),
});

export const destinationRow = v.object({
  id: v.string(),
  name: v.string(),
  kind: v.picklist(['folder', 'webhook', 'email']),
  /** Where to, as far as it is no secret: a folder, a host, addresses. */
  to: v.string(),
  /** Whether it hears alerts whose rule names no destination. */
  alerts: v.boolean(),
  created_at: instant,
  /** Told once, when it is made: what a webhook's signature is made with. */
  signing_secret: v.optional(v.string()),
});

/** How one try of a destination ended. */
export const trialRow = v.object({
  state: v.picklist(['delivered', 'failed']),
  detail: v.string(),
});

const alerts = v.optional(v.boolean());

export const destinationBody = v.variant('kind', [
  v.strictObject({ kind: v.literal('folder'), name: text(100), alerts, folder: text(200) }),
  v.strictObject({ kind: v.literal('webhook'), name: text(100), alerts, url: text(2000) }),
  v.strictObject({
    kind: v.literal('email'),
    name: text(100),
    alerts,
    to: v.pipe(
      v.array(v.pipe(v.string(), v.email(), v.maxLength(320))),
      v.minLength(1),
      v.maxLength(50),
    ),
  }),
]);

export type RunRow = v.InferOutput<typeof runRow>;
export type RunDetail = v.InferOutput<typeof runDetail>;
export type ReportRow = v.InferOutput<typeof reportRow>;
export type ScheduleRow = v.InferOutput<typeof scheduleRow>;
export type TrialRow = v.InferOutput<typeof trialRow>;
export type DestinationRow = v.InferOutput<typeof destinationRow>;
