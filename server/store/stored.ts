// What is stored already, so that a resent span and a surface told again are kept once.
import type { Content, DECISION_SPANS, Group, SPANS } from '../model/group.ts';
import { addRow, createTable, hexOf, type RowOf, type Table } from '../model/table.ts';
import { createTexts } from '../model/texts.ts';
import { textOf } from './cells.ts';
import { askAll, runAll, type DuckDBConnection } from './duckdb.ts';
import { createHeap, type Heap } from './heap.ts';
import { microsToInstant } from './instant.ts';
import type { Statements } from './statements.ts';
import type { Row } from './store.ts';
import * as tables from './tables.ts';
import type { PendingTrace } from './traces.ts';
import type { Write } from './write.ts';

/** A surface with the permissions that its hash names. */
export interface ToldSurface extends Content {
  workspace: string;
}

/** Spans that came again, with the decisions that they tell. */
export interface Repeated {
  spans: Table<typeof SPANS>;
  decisions: Table<typeof DECISION_SPANS>;
}

/** Surfaces remembered as stored; an agent has few, and a forgotten one costs one look-up. */
const SURFACES_REMEMBERED_MAX = 100_000;
/**
 * A span resent with another start is found within this distance of the commit's range; wider would read
 * more of the table for every commit.
 */
const RESENT_WITHIN_MICROS = 600 * 1_000_000;

const keyOf = (workspace: string, id: string) => `${workspace}/${id}`;

/** What is stored already: spans by their ids, surfaces by their hash. */
export const createStored = (
  connection: DuckDBConnection,
  statements: Statements,
  write: Write,
) => {
  const remembered = new Set<string>();
  const remember = (key: string): void => {
    if (remembered.size >= SURFACES_REMEMBERED_MAX) remembered.clear();
    remembered.add(key);
  };
  const ask = (name: string, params: Record<string, string> = {}): Promise<Row[]> =>
    askAll({ connection, question: statements(name), params });

  /** Traces of a commit are new as a rule, which is seen without a look at each span. */
  const knownTraces = async (
    traces: readonly PendingTrace[],
    range: Record<string, string>,
  ): Promise<Set<string>> => {
    await write.rows('candidate_traces', tables.PICKED_TRACES, traces);
    const rows = await ask('known_traces', range);
    await runAll(connection, statements('clear_candidate_traces').text);
    return new Set(rows.map((row) => keyOf(textOf(row, 'workspace'), textOf(row, 'trace_id'))));
  };

  return {
    /** Marks in `gone` the rows of spans that are stored already; whether there are any. */
    async spans(
      { spans, texts }: Group,
      traces: readonly PendingTrace[],
      gone: Uint8Array,
    ): Promise<boolean> {
      let first = Infinity;
      let last = -Infinity;
      for (const { first_started_at, last_started_at } of traces) {
        first = Math.min(first, first_started_at ?? first);
        last = Math.max(last, last_started_at ?? last);
      }
      const range = rangeOf(first, last);
      const known = await knownTraces(traces, range);
      if (known.size === 0) return false;
      const candidates = createTable(tables.CANDIDATE_SPANS);
      const names = createTexts();
      for (const page of spans.pages()) {
        for (let row = 0; row < page.rows; row += 1) {
          const { columns } = page;
          const workspace = texts.text(columns.workspace[row] as number);
          const trace_id = hexOf(columns.trace_id, row);
          if (!known.has(keyOf(workspace, trace_id))) continue;
          const span_id = idOf(columns.span_id, row);
          addRow(candidates, names, { workspace, trace_id, span_id, load_row: page.first + row });
        }
      }
      await write.table('candidate_spans', candidates, createHeap(names));
      const rows = await ask('known_spans', range);
      await runAll(connection, statements('clear_candidate_spans').text);
      for (const { load_row } of rows) gone[Number(load_row)] = 1;
      return rows.length > 0;
    },
    /** Counts these spans, which are stored already, and those that tell other things than what is stored. */
    async count({ spans, decisions }: Repeated, heap: Heap): Promise<void> {
      await write.table('repeated_spans', spans, heap);
      await write.table('repeated_decisions', decisions, heap);
      let first = Infinity;
      let last = -Infinity;
      for (const { rows, columns } of spans.pages()) {
        for (const at of columns.started_at.subarray(0, rows)) {
          first = Math.min(first, at);
          last = Math.max(last, at);
        }
      }
      await ask('count_repeats', rangeOf(first, last));
      await runAll(connection, statements('clear_repeated').text);
    },
    /** Of the surfaces told, each once, those whose content is not stored. */
    async surfaces(told: readonly ToldSurface[]): Promise<ToldSurface[]> {
      const unknown = new Map<string, ToldSurface>();
      for (const surface of told) {
        const key = keyOf(surface.workspace, surface.surface_hash);
        if (!remembered.has(key)) unknown.set(key, surface);
      }
      if (unknown.size === 0) return [];
      const candidates: RowOf<typeof tables.CANDIDATE_SURFACES>[] = [...unknown.values()];
      await write.rows('candidate_surfaces', tables.CANDIDATE_SURFACES, candidates);
      const rows = await ask('known_surfaces');
      await runAll(connection, statements('clear_candidate_surfaces').text);
      for (const row of rows) {
        const key = keyOf(textOf(row, 'workspace'), textOf(row, 'surface_hash'));
        unknown.delete(key);
        remember(key);
      }
      return [...unknown.values()];
    },
    /** To be called when what `surfaces` answered is committed. */
    remember(stored: readonly ToldSurface[]): void {
      for (const { workspace, surface_hash } of stored) remember(keyOf(workspace, surface_hash));
    },
  };
};

const idOf = (words: Uint32Array, row: number): string =>
  [words[2 * row + 1], words[2 * row]]
    .map((word) => (word as number).toString(16).padStart(8, '0'))
    .join('');

/** Instants between which a span that came again is looked for. */
const rangeOf = (first: number, last: number) => ({
  first_started_at: toInstant(first - RESENT_WITHIN_MICROS),
  last_started_at: toInstant(last + RESENT_WITHIN_MICROS),
});

/** Instants beyond what RFC 3339 writes only widen the range. */
const toInstant = (micros: number): string =>
  microsToInstant(BigInt(Math.trunc(micros))) ??
  (micros < 0 ? '0000-01-01T00:00:00.000Z' : '9999-12-31T23:59:59.999999Z');
