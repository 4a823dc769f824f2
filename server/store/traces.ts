// The traces and the repeated spans of a commit, found by their numbers without making a string of each.
import { randomInt } from 'node:crypto';
import type { Group, SPANS } from '../model/group.ts';
import { hexOf, PAGE_ROWS, type Page, type RowOf } from '../model/table.ts';
import type { PENDING_TRACES } from './tables.ts';

export type PendingTrace = RowOf<typeof PENDING_TRACES>;

export interface Found {
  /** Each trace once, with the instants between which its spans begin. */
  traces: PendingTrace[];
  /** 1 for each row that tells a span which a row before it told. */
  repeated: Uint8Array;
}

type SpanPage = Page<typeof SPANS>;

/** No one who does not know it can make ids that all fall into one place. */
const createSeed = (): number => randomInt(1, 2 ** 31);

export const createFinder = (): ((group: Group) => Found) => {
  const seed = createSeed();
  return ({ spans, texts }) => {
    const pages = spans.pages();
    const rows = pages.length * PAGE_ROWS;
    const repeated = new Uint8Array(rows);
    const size = 2 ** Math.ceil(Math.log2(2 * rows + 2));
    const rowBySpan = new Int32Array(size).fill(-1);
    const traceBySlot = new Int32Array(size).fill(-1);
    /** Number of the first row of each trace. */
    const firstRows: number[] = [];
    const traces: PendingTrace[] = [];
    let current = -1;
    for (const [p, page] of pages.entries()) {
      const before = p * PAGE_ROWS;
      const { trace_id, span_id, started_at } = page.columns;
      for (let row = 0; row < page.rows; row += 1) {
        const traceHash = mix(trace_id[4 * row] as number, trace_id[4 * row + 1] as number, seed);
        const spanHash = mix(span_id[2 * row] as number, span_id[2 * row + 1] as number, traceHash);
        let slot = spanHash & (size - 1);
        for (;;) {
          const other = rowBySpan[slot] as number;
          if (other < 0) break;
          const otherPage = pages[Math.floor(other / PAGE_ROWS)] as SpanPage;
          if (isSameSpan(page, row, otherPage, other % PAGE_ROWS)) break;
          slot = (slot + 1) & (size - 1);
        }
        if ((rowBySpan[slot] as number) >= 0) repeated[before + row] = 1;
        else rowBySpan[slot] = before + row;
        const isTrace = (trace: number): boolean => {
          const first = firstRows[trace] as number;
          const firstPage = pages[Math.floor(first / PAGE_ROWS)] as SpanPage;
          return isSameTrace(page, row, firstPage, first % PAGE_ROWS);
        };
        // Spans of one trace mostly come together.
        if (current < 0 || !isTrace(current)) {
          slot = traceHash & (size - 1);
          while ((traceBySlot[slot] as number) >= 0 && !isTrace(traceBySlot[slot] as number)) {
            slot = (slot + 1) & (size - 1);
          }
          current = traceBySlot[slot] as number;
          if (current < 0) {
            current = traces.length;
            traceBySlot[slot] = current;
            firstRows.push(before + row);
            traces.push({
              workspace: texts.text(page.columns.workspace[row] as number),
              trace_id: hexOf(trace_id, row),
              first_started_at: Infinity,
              last_started_at: -Infinity,
            });
          }
        }
        const trace = traces[current] as PendingTrace;
        const started = started_at[row] as number;
        if (started < (trace.first_started_at as number)) trace.first_started_at = started;
        if (started > (trace.last_started_at as number)) trace.last_started_at = started;
      }
    }
    return { traces, repeated };
  };
};

const mix = (low: number, high: number, seed: number): number => {
  let hash = Math.imul(low ^ seed, 0x9e37_79b1);
  hash = Math.imul(hash ^ high ^ (hash >>> 15), 0x85eb_ca6b);
  return hash ^ (hash >>> 13);
};

const isSameTrace = (a: SpanPage, i: number, b: SpanPage, j: number): boolean => {
  if (a.columns.workspace[i] !== b.columns.workspace[j]) return false;
  for (let word = 0; word < 4; word += 1) {
    if (a.columns.trace_id[4 * i + word] !== b.columns.trace_id[4 * j + word]) return false;
  }
  return true;
};

const isSameSpan = (a: SpanPage, i: number, b: SpanPage, j: number): boolean =>
  a.columns.span_id[2 * i] === b.columns.span_id[2 * j] &&
  a.columns.span_id[2 * i + 1] === b.columns.span_id[2 * j + 1] &&
  isSameTrace(a, i, b, j);
