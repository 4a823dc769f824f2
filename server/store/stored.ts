// What is stored already, so that a resent span and a surface told again are kept once.
import { textOf } from './cells.ts';
import { askAll, runAll, type DuckDBConnection } from './duckdb.ts';
import { microsToInstant } from './instant.ts';
import type { Statements } from './statements.ts';
import type { Load } from './store.ts';
import * as tables from './tables.ts';
import type { CandidateSpan, HeldRow, LoadedSpan } from './tables.ts';
import type { Write } from './write.ts';

/** A span of a commit, with all that it tells. */
export interface Taken {
  span: LoadedSpan;
  facts: Load['facts'][number];
}

/** A surface with the permissions that its hash names. */
export interface Content {
  workspace: string;
  surface_hash: string;
  permissions: readonly HeldRow['held'][];
}

/** Surfaces remembered as stored; an agent has few, and a forgotten one costs one look-up. */
const SURFACES_REMEMBERED_MAX = 100_000;
/**
 * A span resent with another start is found within this distance of the commit's range; wider would read
 * more of the table for every commit.
 */
const RESENT_WITHIN_MICROS = 600 * 1_000_000;

const surfaceKey = ({ workspace, surface_hash }: { workspace: string; surface_hash: string }) =>
  `${workspace}/${surface_hash}`;

/** What is stored already: spans by their ids, surfaces by their hash. */
export const createStored = (connection: DuckDBConnection, statements: Statements) => {
  const remembered = new Set<string>();
  const remember = (key: string): void => {
    if (remembered.size >= SURFACES_REMEMBERED_MAX) remembered.clear();
    remembered.add(key);
  };
  return {
    /** Places in `taken` of spans that are stored already or come twice. */
    async spans(taken: readonly Taken[], write: Write): Promise<Set<number>> {
      const twice = new Set<number>();
      const candidates: CandidateSpan[] = [];
      // By span id alone: it is a string that stands there already, and two spans seldom share one.
      const seen = new Map<string, LoadedSpan[]>();
      let first = Infinity;
      let last = -Infinity;
      for (const [load_row, { span }] of taken.entries()) {
        const { started_at, span_id } = span.row;
        const namesakes = seen.get(span_id);
        if (namesakes?.some((other) => isSame(other, span)) === true) twice.add(load_row);
        else {
          candidates.push({ span, load_row });
          if (namesakes === undefined) seen.set(span_id, [span]);
          else namesakes.push(span);
        }
        first = Math.min(first, started_at);
        last = Math.max(last, started_at);
      }
      if (candidates.length === 0) return twice;
      await write('candidate_spans', tables.CANDIDATE_SPANS, candidates);
      const rows = await askAll({
        connection,
        question: statements('known_spans'),
        params: rangeOf([first, last]),
      });
      await runAll(connection, statements('clear_candidate_spans').text);
      for (const { load_row } of rows) twice.add(Number(load_row));
      return twice;
    },
    /** How many of these spans, which are stored already, tell other things than what is stored. */
    async conflicts(repeated: readonly Taken[], write: Write): Promise<number> {
      if (repeated.length === 0) return 0;
      const rows = repeated.map(({ span }) => span);
      const decisions = repeated.flatMap(({ span, facts: { decision } }) =>
        decision === null ? [] : [{ of: span, row: decision }],
      );
      await write('repeated_spans', tables.SPANS, rows);
      await write('repeated_decisions', tables.DECISION_SPANS, decisions);
      const started = rows.map(({ row }) => row.started_at);
      const range = started.reduce(
        ([first, last], at) => [Math.min(first, at), Math.max(last, at)] as const,
        [Infinity, -Infinity] as const,
      );
      const [counted] = await askAll({
        connection,
        question: statements('count_conflicts'),
        params: rangeOf(range),
      });
      await runAll(connection, statements('clear_repeated').text);
      return Number(counted?.['conflicts'] ?? 0);
    },
    /** Of the surfaces told, each once, those whose content is not stored. */
    async surfaces(told: readonly Content[], write: Write): Promise<Content[]> {
      const unknown = new Map<string, Content>();
      for (const content of told) {
        const key = surfaceKey(content);
        if (!remembered.has(key)) unknown.set(key, content);
      }
      if (unknown.size === 0) return [];
      await write('candidate_surfaces', tables.CANDIDATE_SURFACES, [...unknown.values()]);
      const rows = await askAll({ connection, question: statements('known_surfaces'), params: {} });
      await runAll(connection, statements('clear_candidate_surfaces').text);
      for (const row of rows) {
        const workspace = textOf(row, 'workspace');
        const key = surfaceKey({ workspace, surface_hash: textOf(row, 'surface_hash') });
        unknown.delete(key);
        remember(key);
      }
      return [...unknown.values()];
    },
    /** To be called when what `surfaces` answered is committed. */
    remember(stored: readonly Content[]): void {
      for (const content of stored) remember(surfaceKey(content));
    },
  };
};

const isSame = (a: LoadedSpan, b: LoadedSpan): boolean =>
  a.row.trace_id === b.row.trace_id && a.workspace === b.workspace;

/** Instants between which a span that came again is looked for. */
const rangeOf = ([first, last]: readonly [number, number]) => ({
  first_started_at: toInstant(first - RESENT_WITHIN_MICROS),
  last_started_at: toInstant(last + RESENT_WITHIN_MICROS),
});

/** Instants beyond what RFC 3339 writes only widen the range. */
const toInstant = (micros: number): string =>
  microsToInstant(BigInt(Math.trunc(micros))) ??
  (micros < 0 ? '0000-01-01T00:00:00.000Z' : '9999-12-31T23:59:59.999999Z');
