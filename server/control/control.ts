// Control data: what people decided about the server (schedules, destinations, exemptions, states), apart from the analytics.
// One interface, so that it can lie in SQLite beside the data or in a database that several servers share.

export type ControlValue = string | number | null;
export type ControlRow = Readonly<Record<string, ControlValue>>;

/** One statement of sql/control by its name, with its parameters. */
export interface Change {
  name: string;
  params: Readonly<Record<string, ControlValue>>;
  /** Said where the statement changes no row: the whole transaction is then undone with `not_found`. */
  or_missing?: string;
}

/** An administrative act. `detail` is shown to auditors: it must hold no secret. */
export interface Act {
  workspace: string;
  /** Who: a person, a key, or `local` on the loopback address. */
  actor: string;
  /** What, as `schedule.create`. */
  action: string;
  /** On what, as its name or id. */
  target: string;
  detail?: Readonly<Record<string, unknown>>;
}

export interface AuditEntry {
  seq: number;
  occurred_at: string;
  actor: string;
  action: string;
  target: string;
  detail: Readonly<Record<string, unknown>>;
}

/** Every call throws AppError `control_unavailable` where the control data cannot be read or written. */
export interface Control {
  /** Rows of sql/control/<name>.sql. */
  ask(name: string, params?: Readonly<Record<string, ControlValue>>): Promise<ControlRow[]>;
  /** Bookkeeping that nobody decided (runs, leases): all of it or nothing. Answers how many rows each changed. */
  write(changes: readonly Change[]): Promise<number[]>;
  /**
   * An act and its changes in one transaction that is on the disk when this returns.
   * INVARIANT: no act takes effect without its entry. One whose effect is elsewhere has no changes here and
   * begins only when this has returned.
   */
  act(act: Act, changes?: readonly Change[]): Promise<number[]>;
  /** The latest acts first; `before` is the `seq` of the last one seen. */
  acts(options: {
    workspace: string;
    limit: number;
    before?: number | null;
  }): Promise<AuditEntry[]>;
  /** The `seq` of the first entry that does not follow from the one before it, null where all do. */
  firstAlteredAct(): Promise<number | null>;
  close(): void;
}
