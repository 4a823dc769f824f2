// Answers kept until the next commit, so that many viewers of one page ask the engine once.
import type { Ask, Cell, Row } from './store.ts';

export interface AnswerCache {
  /** The answer kept for this question at this commit, else what `ask` brings; asked once for all that wait. */
  through(ask: Ask, commits: number, bring: () => Promise<Row[]>): Promise<Row[]>;
}

/** A page's questions answer in some 100 KiB; this holds hundreds of them. */
const BYTES_MAX = 32 * 1024 * 1024;
/** Larger answers are pages of lists, which nobody asks twice. */
const ANSWER_BYTES_MAX = 2 * 1024 * 1024;
/** What a cell or a row takes beside its text. */
const CELL_BYTES = 16;

interface Kept {
  rows: Promise<Row[]>;
  bytes: number;
}

export const createAnswerCache = (): AnswerCache => {
  let at = -1;
  let bytes = 0;
  const kept = new Map<string, Kept>();
  return {
    async through(ask, commits, bring) {
      if (commits !== at) {
        kept.clear();
        bytes = 0;
        at = commits;
      }
      const key = JSON.stringify([ask.name, Object.entries(ask.params).sort()]);
      const known = kept.get(key);
      if (known !== undefined) return copy(await known.rows);
      const asked: Kept = { rows: bring(), bytes: 0 };
      kept.set(key, asked);
      const held = () => kept.get(key) === asked;
      try {
        const rows = await asked.rows;
        asked.bytes = sizeOf(rows);
        if (held() && asked.bytes > ANSWER_BYTES_MAX) kept.delete(key);
        else if (held()) {
          bytes += asked.bytes;
          for (const [oldest, { bytes: size }] of kept) {
            if (bytes <= BYTES_MAX) break;
            kept.delete(oldest);
            bytes -= size;
          }
        }
        return copy(rows);
      } catch (error) {
        if (held()) kept.delete(key);
        throw error;
      }
    },
  };
};

/** Whoever asked may change the rows. */
const copy = (rows: readonly Row[]): Row[] => rows.map((row) => ({ ...row }));

const sizeOf = (value: Cell | readonly Row[]): number => {
  if (typeof value === 'string') return CELL_BYTES + value.length;
  if (typeof value !== 'object' || value === null) return CELL_BYTES;
  const items: readonly (Cell | Row)[] = Array.isArray(value) ? value : Object.values(value);
  let size = CELL_BYTES;
  for (const item of items) size += sizeOf(item);
  return size;
};
