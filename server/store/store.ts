// The one interface behind which an engine keeps spans and answers questions.
import type { LoadState } from '../model/rows.ts';
import type { Rulings } from '../model/rulings.ts';

/** A value bound to a query's parameter; instants are RFC 3339 UTC strings, null is SQL's null. */
export type Param = string | number | boolean | null;

/** A cell of an answer: instants come as RFC 3339 UTC strings, 64-bit integers as numbers, ids as hex. */
export type Cell = string | number | boolean | null | Cell[] | { [name: string]: Cell };

/** A row of an answer, by column name. */
export type Row = Record<string, Cell>;

/** One asked question: a file of sql/queries by its name, with its parameters. */
export interface Ask {
  name: string;
  params: Record<string, Param>;
  /** Deadline in milliseconds; past it the query is interrupted and `query_timeout` thrown. */
  timeout_ms?: number;
}

export interface Store {
  /** Rows of sql/queries/<name>.sql. Throws AppError `unknown_query`, `bad_param`, `query_timeout` or `store_unavailable`. */
  ask(ask: Ask): Promise<Row[]>;
  /** The same, in pieces of at most 2,048 rows, for exports of any size. */
  stream(ask: Ask): AsyncIterable<Row[]>;
  /** Grants from elsewhere (PUT grants); answered from the next question on. */
  putGrants(grants: ImportedGrants): Promise<void>;
  /** All that people ruled, in place of what was told before; answers count with it from the next question on. */
  putRulings(rulings: Rulings): Promise<void>;
  /** How far the journal is loaded, how many loaded traces are not settled yet, and how many fail to. */
  state(): Promise<LoadState & { unsettled_traces: number; set_aside_traces: number }>;
  /** Settle everything that is loaded and not settled; for tests, imports and shutdown. */
  settleAll(): Promise<void>;
  /** The facts of a workspace, as of one commit, as files in a folder made for them; for users' own reports. */
  snapshot(options: { workspace: string; folder: string }): Promise<void>;
  close(): Promise<void>;
}

/** The whole of what an agent holds from one source, replacing what that source said before. */
export interface ImportedGrants {
  workspace: string;
  environment: string;
  agent: string;
  source: string;
  source_ref: string;
  granted_at: number;
  /** A permission's own `source_ref` stands before that of all. */
  permissions: readonly { permission: string; resource_pattern: string; source_ref?: string }[];
}
