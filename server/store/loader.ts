// One commit: spans that are not stored yet, what stands beside them, and how far the journal is loaded, in one transaction.
import { AppError } from '../errors.ts';
import type { JournalPosition, LoadState } from '../model/rows.ts';
import { sortedSurface, surfaceHash } from '../model/surface.ts';
import { askAll, runAll, type DuckDBConnection } from './duckdb.ts';
import type { SqlFile } from './query.ts';
import type { Statements } from './statements.ts';
import { createStored, type Content, type Taken } from './stored.ts';
import type { ImportedGrants, Load } from './store.ts';
import * as tables from './tables.ts';
import type { HeldRow, PendingTrace } from './tables.ts';
import { createWriters, type Write } from './write.ts';

/** What a commit takes: loads in the order of the journal, and grants from elsewhere. */
export interface Commit {
  loads: readonly Load[];
  grants: readonly ImportedGrants[];
  /** First byte of the journal behind all of it. */
  next: JournalPosition;
}

export interface Committed {
  state: LoadState;
  /** Traces that the commit brought spans of. */
  traces: readonly PendingTrace[];
}

export interface Loader {
  /** Throws AppError `store_unavailable`; then nothing of the commit is stored. */
  commit(commit: Commit): Promise<Committed>;
  state(): Promise<LoadState>;
}

export const createLoader = ({
  connection,
  statements,
  rollup,
}: {
  connection: DuckDBConnection;
  statements: Statements;
  /** The files of sql/rollup in their order. */
  rollup: readonly SqlFile[];
}): Loader => {
  const stored = createStored(connection, statements);
  const write = createWriters(connection);
  const state = () => readState(connection, statements);
  return {
    state,
    async commit({ loads, grants, next }) {
      const spans = collect(loads);
      await connection.run('begin');
      try {
        const known = await stored.spans(spans, write);
        const fresh = spans.filter((_, i) => !known.has(i));
        const traces = tracesOf(fresh);
        const repeated = spans.filter((_, i) => known.has(i));
        await write(
          'spans',
          tables.SPANS,
          fresh.map(({ span }) => span),
        );
        await writeBeside(write, fresh);
        const conflicts = await stored.conflicts(repeated, write);
        await write('pending_traces', tables.PENDING_TRACES, traces);
        const told = [...surfacesOf(fresh), ...grants.map(importedSurface)];
        const surfaces = await stored.surfaces(told, write);
        await write('surfaces', tables.SURFACES, surfaces.flatMap(heldRows));
        if (grants.length > 0) {
          await write('grants', tables.GRANTS, grants.map(grantRow));
          await runAll(connection, statements('touch_grants').text);
          for (const { text } of rollup) await runAll(connection, text);
        }
        await askAll({
          connection,
          question: statements('write_position'),
          params: {
            segment: next.segment,
            next_offset: next.offset,
            spans: fresh.length,
            duplicates: repeated.length,
            conflicts,
          },
        });
        await connection.run('commit');
        stored.remember(surfaces);
        return { state: await state(), traces };
      } catch (error) {
        await connection.run('rollback').catch(() => undefined);
        throw error;
      }
    },
  };
};

const readState = async (
  connection: DuckDBConnection,
  statements: Statements,
): Promise<LoadState> => {
  const [row] = await askAll({ connection, question: statements('read_position'), params: {} });
  if (row === undefined) throw new AppError('store_unavailable', 'the store has no position');
  const count = (name: string): number => Number(row[name]);
  return {
    next: { segment: count('segment'), offset: count('next_offset') },
    commits: count('commits'),
    spans: count('spans'),
    duplicates: count('duplicates'),
    conflicts: count('conflicts'),
  };
};

const collect = (loads: readonly Load[]): Taken[] => {
  const taken: Taken[] = [];
  for (const { workspace, position, received_at, attested, facts, index } of loads) {
    const { segment, offset } = position;
    for (const [i, one] of facts.entries()) {
      const at = index[i] ?? i;
      const row = one.span;
      const span = { workspace, received_at, attested, segment, offset, index: at, row };
      taken.push({ span, facts: one });
    }
  }
  return taken;
};

interface TraceRange extends PendingTrace {
  first_started_at: number;
  last_started_at: number;
}

const tracesOf = (taken: readonly Taken[]): PendingTrace[] => {
  const traces = new Map<string, TraceRange>();
  let last: TraceRange | null = null;
  for (const { span } of taken) {
    const { workspace, row } = span;
    const { trace_id, started_at } = row;
    // Spans of one trace mostly come together, so the map is asked once for each of them.
    if (last === null || last.trace_id !== trace_id || last.workspace !== workspace) {
      const key: string = `${workspace}/${trace_id}`;
      last = traces.get(key) ?? {
        workspace,
        trace_id,
        first_started_at: started_at,
        last_started_at: started_at,
      };
      traces.set(key, last);
    }
    last.first_started_at = Math.min(last.first_started_at, started_at);
    last.last_started_at = Math.max(last.last_started_at, started_at);
  }
  return [...traces.values()];
};

const writeBeside = async (write: Write, taken: readonly Taken[]): Promise<void> => {
  const beside = <Row>(pick: (facts: Taken['facts']) => Row | null) =>
    taken.flatMap(({ span, facts }) => {
      const row = pick(facts);
      return row === null ? [] : [{ of: span, row }];
    });
  await write(
    'decision_spans',
    tables.DECISION_SPANS,
    beside((facts) => facts.decision),
  );
  await write(
    'approval_spans',
    tables.APPROVAL_SPANS,
    beside((facts) => facts.approval),
  );
  await write(
    'credential_spans',
    tables.CREDENTIAL_SPANS,
    beside((facts) => facts.credential),
  );
  await write(
    'surface_spans',
    tables.SURFACE_SPANS,
    beside((facts) => facts.surface),
  );
};

const surfacesOf = (taken: readonly Taken[]): Content[] =>
  taken.flatMap(({ span: { workspace }, facts: { surface } }) =>
    surface === null
      ? []
      : [{ workspace, surface_hash: surface.surface_hash, permissions: surface.permissions }],
  );

const importedSurface = ({ workspace, permissions }: ImportedGrants): Content => ({
  workspace,
  surface_hash: surfaceHash(permissions),
  permissions,
});

const grantRow = (grants: ImportedGrants): tables.GrantRow => ({
  grants,
  surface_hash: surfaceHash(grants.permissions),
});

const heldRows = ({ workspace, surface_hash, permissions }: Content): HeldRow[] =>
  sortedSurface(permissions).map((held) => ({ workspace, surface_hash, held }));
