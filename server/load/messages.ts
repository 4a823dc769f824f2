// What the pipeline tells the thread that owns the engine, and what that thread tells back.
import type { JournalPosition } from '../model/rows.ts';
import type { SpanBatch } from '../otlp/batch.ts';
import type { Answer, Question, StoreState, ToldError } from '../store/messages.ts';
import type { ImportedGrants } from '../store/store.ts';

/** A record of the journal on its way to the store. Records of an older generation are not wanted any more. */
export type Handed = { generation: number; next: JournalPosition; bytes: number } & (
  | {
      type: 'spans';
      workspace: string;
      position: JournalPosition;
      received_at: number;
      attested: boolean;
      batch: SpanBatch;
    }
  | { type: 'grants'; grants: ImportedGrants }
  /** A record that could not be read; the position moves on. */
  | { type: 'nothing' }
);

export type ToWorker = Handed | Question | { type: 'commit' } | { type: 'close' };

export type FromWorker =
  | Answer
  | { type: 'ready'; generation: number; state: StoreState }
  /** What was handed and is not committed was dropped; hand over again from `state.next`. */
  | { type: 'reset'; generation: number; state: StoreState }
  /** Bytes handed over that are kept no longer: the facts of a record take less than the record. */
  | { type: 'told'; generation: number; bytes: number }
  | { type: 'committed'; generation: number; bytes: number; spans: number; state: StoreState }
  | { type: 'log'; level: 'info' | 'warn' | 'error'; message: string; data: LogLine }
  | { type: 'not_opened'; error: ToldError }
  | { type: 'closed' };

export type LogLine = Record<string, string | number | boolean | null | undefined>;

/** What the thread starts with. */
export interface WorkerOptions {
  /** The data folder. */
  folder: string;
  /** Keyed pseudonyms of people; the key stays in the process. */
  pseudonym_key: Uint8Array;
  tuning: Tuning;
}

/** How commits are made; the defaults are for production, tests use less. */
export interface Tuning {
  /** Rows of a commit: a DuckDB row group, which goes to the file without passing the write-ahead log. */
  commit_rows: number;
  /** Spans wait at most so long for others to be committed with. */
  commit_every_ms: number;
  memory_limit: string;
}

export const TUNING: Tuning = {
  commit_rows: 122_880,
  commit_every_ms: 1000,
  memory_limit: '2GB',
};
