// What every resource of the API is handed, and what every request carries.
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Alerts } from '../alerts/alerts.ts';
import type { Act, Change, Control } from '../control/control.ts';
import type { Destinations } from '../reports/deliver/destinations.ts';
import type { TryDestination } from '../reports/deliver/trial.ts';
import type { Reports } from '../reports/reports.ts';
import type { Schedules } from '../reports/schedules.ts';
import { DEFAULT_WORKSPACE } from '../model/words.ts';
import type { ImportedGrants, Store } from '../store/store.ts';
import type { SettingRow } from './administration-rows.ts';

/** Values that middleware puts on a request. */
export interface ApiVariables {
  /** The tenant whose rows are answered; from the caller's identity, never from the request. */
  workspace: string;
  request_id: string;
  /** Who acts, for the audit log. */
  actor: string;
}
export type ApiEnv = { Variables: ApiVariables };
export type ApiContext = Context<ApiEnv>;

/** What the parts of the server behind the API say of themselves at an instant. */
export interface PipelineState {
  /** Spans acknowledged and not yet in the store. */
  waiting_spans: number;
  /** False where an ingest request would be refused now. */
  writable: boolean;
  /** Why not; '' where it is writable. */
  reason: string;
  /** Appended since the start. */
  journal_bytes: number;
}

/** Parameters of a file of sql/queries by name, with their declared types (`text`, `text[]`, …); none for no such file. */
export type DeclaredParams = (query: string) => ReadonlyMap<string, string>;

export interface ApiOptions {
  store: Store;
  /** What people decided, and the audit log of their acts. */
  control: Control;
  /** What the server runs with. */
  settings: readonly SettingRow[];
  declared: DeclaredParams;
  reports: Reports;
  schedules: Schedules;
  destinations: Destinations;
  alerts: Alerts;
  tryDestination: TryDestination;
  /** Seals cursors; the same for as long as the data folder is. */
  cursor_key: Uint8Array;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Grants go through the journal first, so that the database can be rebuilt from it. */
  putGrants: (grants: ImportedGrants) => Promise<void>;
  /** A ruling of somebody's about permissions or proposals; answers count with it when this returns. */
  rule: (act: Act, changes: readonly Change[]) => Promise<void>;
  /** Runs what looks at a subject and then rules on it, one after the other; `conflict` where another came first. */
  inTurn: <Answer>(
    subject: Pick<Act, 'workspace' | 'action' | 'target'>,
    work: () => Promise<Answer>,
  ) => Promise<Answer>;
  pipeline: () => PipelineState;
}

/** Whoever reaches the loopback address; keys and people will have names of their own. */
const LOCAL_ACTOR = 'local';

/** Until keys exist everybody who reaches the loopback address speaks for the one workspace. */
export const identity = createMiddleware<ApiEnv>(async (c, next) => {
  c.set('workspace', DEFAULT_WORKSPACE);
  c.set('actor', LOCAL_ACTOR);
  await next();
});
