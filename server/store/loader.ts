// One commit: spans that are not stored yet, what stands beside them, and how far the journal is loaded, in one transaction.
import { AppError } from '../errors.ts';
import { tablesOf, type Group } from '../model/group.ts';
import { pick } from '../model/table.ts';
import type { JournalPosition, LoadState } from '../model/rows.ts';
import type { Rulings } from '../model/rulings.ts';
import { sortedSurface, surfaceHash } from '../model/surface.ts';
import { askAll, runAll, type DuckDBConnection } from './duckdb.ts';
import { createHeap } from './heap.ts';
import { byReference } from './references.ts';
import type { SqlFile } from './query.ts';
import type { Statements } from './statements.ts';
import { createStored, type Repeated, type ToldSurface } from './stored.ts';
import type { ImportedGrants } from './store.ts';
import * as tables from './tables.ts';
import { createFinder, type PendingTrace } from './traces.ts';
import { createWriters } from './write.ts';

/** What a commit takes: records in the order of the journal, and grants from elsewhere. */
export interface Commit {
  /** Rows of spans that are stored already are taken out of it. */
  group: Group;
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
  /** Puts these rulings in place of those told before. Throws AppError `store_unavailable`. */
  rule(rulings: Rulings): Promise<void>;
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
  const write = createWriters(connection);
  const stored = createStored(connection, statements, write);
  const find = createFinder();
  const state = () => readState(connection, statements);
  /** The traces of what is left when no span is in it that the store has, or twice; and those taken out. */
  const leaveOutKnown = async (
    group: Group,
  ): Promise<{ traces: PendingTrace[]; repeated: Repeated | null }> => {
    if (group.spans.rows() === 0) return { traces: [], repeated: null };
    const { traces, repeated: gone } = find(group);
    const known = await stored.spans(group, traces, gone);
    if (!known && !gone.includes(1)) return { traces, repeated: null };
    const repeated = { spans: pick(group.spans, gone), decisions: pick(group.decisions, gone) };
    for (const table of tablesOf(group)) table.leaveOut(gone);
    return { traces: find(group).traces, repeated };
  };
  /** In one transaction: all of it or nothing. */
  const together = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    await connection.run('begin');
    try {
      const answer = await work();
      await connection.run('commit');
      return answer;
    } catch (error) {
      await connection.run('rollback').catch(() => undefined);
      throw error;
    }
  };
  const moveOn = async (params: Record<string, number>): Promise<void> => {
    await askAll({ connection, question: statements('write_position'), params });
  };
  return {
    state,
    async rule(rulings) {
      const { next } = await state();
      await together(async () => {
        await runAll(connection, statements('touch_quarantined').text);
        await runAll(connection, statements('clear_rulings').text);
        const { exemptions, quarantines, recommendation_states } = rulings;
        await write.rows('exemptions', tables.RULINGS.exemptions, exemptions);
        await write.rows('quarantines', tables.RULINGS.quarantines, quarantines);
        const { recommendation_states: states } = tables.RULINGS;
        await write.rows('recommendation_states', states, recommendation_states);
        await write.rows('agent_owners', tables.RULINGS.agent_owners, rulings.agent_owners);
        await write.rows('confirmations', tables.RULINGS.confirmations, rulings.confirmations);
        await write.rows('young_days', tables.RULINGS.young_days, rulings.young_days);
        await runAll(connection, statements('touch_quarantined').text);
        for (const { text } of rollup) await runAll(connection, text);
        // Answers of before are not kept.
        const { segment, offset: next_offset } = next;
        await moveOn({ segment, next_offset, spans: 0 });
      });
    },
    async commit({ group, grants, next }) {
      const { surfaces, traces } = await together(async () => {
        const { traces, repeated } = await leaveOutKnown(group);
        const spans = group.spans.rows();
        const heap = createHeap(group.texts);
        await write.table('spans', group.spans, heap);
        await write.table('decision_spans', group.decisions, heap);
        await write.table('approval_spans', group.approvals, heap);
        await write.table('credential_spans', group.credentials, heap);
        await write.table('surface_spans', group.surfaces, heap);
        await write.table('resource_spans', group.resources, heap);
        if (repeated !== null) await stored.count(repeated, heap);
        await write.rows('pending_traces', tables.PENDING_TRACES, traces);
        const lists = grants.flatMap(byReference);
        const surfaces = await stored.surfaces([
          ...surfacesOf(group),
          ...lists.map(importedSurface),
        ]);
        await write.rows('surfaces', tables.SURFACES, surfaces.flatMap(heldRows));
        if (grants.length > 0) {
          await write.rows('grants', tables.GRANTS, lists.map(grantRow));
          await runAll(connection, statements('touch_grants').text);
          for (const { text } of rollup) await runAll(connection, text);
        }
        const { segment, offset: next_offset } = next;
        await moveOn({ segment, next_offset, spans });
        return { surfaces, traces };
      });
      stored.remember(surfaces);
      return { state: await state(), traces };
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

/** Each surface told once a workspace. */
const surfacesOf = ({ surfaces, contents, texts }: Group): ToldSurface[] => {
  const told = new Map<number, Set<number>>();
  for (const { rows, columns } of surfaces.pages()) {
    for (let row = 0; row < rows; row += 1) {
      const workspace = columns.workspace[row] as number;
      const hashes = told.get(workspace) ?? new Set();
      told.set(workspace, hashes.add(columns.surface_hash[row] as number));
    }
  }
  return [...told].flatMap(([workspace, hashes]) =>
    [...hashes].flatMap((hash) => {
      const content = contents.get(hash);
      return content === undefined ? [] : [{ workspace: texts.text(workspace), ...content }];
    }),
  );
};

const importedSurface = ({ workspace, permissions }: ImportedGrants): ToldSurface => ({
  workspace,
  surface_hash: surfaceHash(permissions),
  permissions: permissions.map((held) => ({ ...held, definition: null })),
});

const grantRow = ({ permissions, ...grants }: ImportedGrants) => ({
  ...grants,
  session: '',
  trace_id: null,
  kind: 'import',
  surface_hash: surfaceHash(permissions),
  ended_at: null,
  agent_hash: null,
  session_key: null,
});

const heldRows = ({ workspace, surface_hash, permissions }: ToldSurface) =>
  sortedSurface(permissions).map((held) => ({ workspace, surface_hash, ...held }));
