// The chain of the audit log: each entry's hash covers the one before it.
import { createHash } from 'node:crypto';
import type { Act, ControlRow } from './control.ts';

/** An entry as it is written: every column of audit_log. */
export interface Written {
  seq: number;
  workspace: string;
  occurred_at: string;
  actor: string;
  action: string;
  target: string;
  detail: string;
  previous_hash: string;
  hash: string;
}

/** The entry that follows `last`, the newest of the log, if there is any. */
export const nextEntry = (act: Act, last: ControlRow | undefined, now: number): Written => {
  const entry = {
    seq: Number(last?.['seq'] ?? 0) + 1,
    workspace: act.workspace,
    occurred_at: new Date(now).toISOString(),
    actor: act.actor,
    action: act.action,
    target: act.target,
    detail: JSON.stringify(act.detail ?? {}),
    previous_hash: String(last?.['hash'] ?? ''),
  };
  return { ...entry, hash: hashOf(entry) };
};

/** A list keeps the fields apart whatever they hold. */
export const hashOf = (entry: Omit<Written, 'hash'>): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        entry.previous_hash,
        entry.seq,
        entry.workspace,
        entry.occurred_at,
        entry.actor,
        entry.action,
        entry.target,
        entry.detail,
      ]),
    )
    .digest('hex');

/** A row of the log as it was written. */
export const writtenOf = (row: ControlRow): Written => {
  const text = (name: string): string => String(row[name] ?? '');
  return {
    seq: Number(row['seq']),
    workspace: text('workspace'),
    occurred_at: text('occurred_at'),
    actor: text('actor'),
    action: text('action'),
    target: text('target'),
    detail: text('detail'),
    previous_hash: text('previous_hash'),
    hash: text('hash'),
  };
};

/** True where the entry is the one that was written after `previous`. */
export const follows = (entry: Written, previous: { seq: number; hash: string }): boolean =>
  entry.seq === previous.seq + 1 &&
  entry.previous_hash === previous.hash &&
  entry.hash === hashOf(entry);
