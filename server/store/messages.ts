// What the main thread asks of the thread that owns the engine, and what comes back.
import { AppError, type ErrorCode } from '../errors.ts';
import type { LoadState } from '../model/rows.ts';
import type { Rulings } from '../model/rulings.ts';
import type { Ask, Row } from './store.ts';

export type Question =
  | { type: 'ask'; id: number; ask: Ask }
  | { type: 'stream'; id: number; ask: Ask }
  /** The next piece of a stream, please. */
  | { type: 'more'; id: number }
  /** No further piece of a stream is wanted. */
  | { type: 'leave'; id: number }
  /** The facts of a workspace as files in a new folder. */
  | { type: 'snapshot'; id: number; workspace: string; folder: string }
  | { type: 'settle_all'; id: number }
  | { type: 'rulings'; id: number; rulings: Rulings };

export type Answer =
  | { type: 'rows'; id: number; rows: Row[] }
  /** Null after the last piece. */
  | { type: 'piece'; id: number; rows: Row[] | null }
  | { type: 'failed'; id: number; error: ToldError }
  /** The store moved on: answers to older questions may differ now. */
  | { type: 'state'; state: StoreState };

export interface StoreState extends LoadState {
  /** Traces loaded and not settled. */
  unsettled_traces: number;
  /** Traces that fail to settle and no longer hold up others. */
  set_aside_traces: number;
}

/** An error on its way to the other thread: classes do not survive it. */
export interface ToldError {
  code: ErrorCode;
  message: string;
  data: Record<string, string | number | boolean | null>;
}

export const tellError = (error: unknown): ToldError => {
  if (!(error instanceof AppError)) {
    return { code: 'store_unavailable', message: String(error), data: {} };
  }
  const data: ToldError['data'] = {};
  for (const [name, value] of Object.entries(error.data)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      data[name] = value;
    }
  }
  return { code: error.code, message: error.message, data };
};

export const toldError = ({ code, message, data }: ToldError): AppError =>
  new AppError(code, message, data);
