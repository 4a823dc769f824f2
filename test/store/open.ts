// A migrated database in a folder of its own, as the engine's thread opens it, for the tests of the store.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openEngine,
  runAll,
  type DuckDBConnection,
  type Engine,
} from '../../server/store/duckdb.ts';
import { createLoader, type Loader } from '../../server/store/loader.ts';
import { migrate } from '../../server/store/migrate.ts';
import { SQL_FOLDER, readSql } from '../../server/store/query.ts';
import { readStatements, type Statements } from '../../server/store/statements.ts';
import { createGroup } from '../../server/model/group.ts';
import { addFacts, type DecisionRow, type SpanFacts, type SpanRow } from '../facts-rows.ts';

export interface OpenedStore {
  engine: Engine;
  connection: DuckDBConnection;
  statements: Statements;
  loader: Loader;
  close(): Promise<void>;
}

export const openStore = async (): Promise<OpenedStore> => {
  const folder = await mkdtemp(join(tmpdir(), 'footprint-store-'));
  const engine = await openEngine({ path: join(folder, 'test.duckdb') });
  const connection = await engine.connect();
  const statements = readStatements();
  await migrate({ connection, statements });
  await runAll(connection, statements('configure').text);
  await runAll(connection, statements('create_temporary').text);
  return {
    engine,
    connection,
    statements,
    loader: createLoader({ connection, statements, rollup: readSql(`${SQL_FOLDER}rollup/`) }),
    async close() {
      connection.closeSync();
      engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** 2026-11-22T12:00:00.000001Z. */
export const STARTED = 1_795_348_800_000_001;

export const spanRow = (rest: Partial<SpanRow> = {}): SpanRow => ({
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  span_id: 'b7ad6b7169203331',
  parent_span_id: null,
  environment: 'default',
  name: 'execute_tool book',
  span_kind: 1,
  fact: 'action',
  dialect: 'gen_ai',
  started_at: STARTED,
  ended_at: STARTED + 1500,
  status_code: 0,
  error_type: null,
  service: null,
  agent: null,
  agent_parent: null,
  agent_version: null,
  agent_identity: null,
  owner: null,
  session: null,
  task_id: null,
  goal: null,
  user_id: null,
  permission: null,
  tool: null,
  tool_call_id: null,
  required_scopes: null,
  resource_type: null,
  resource_id: null,
  denied: false,
  decision_id: null,
  fingerprint: null,
  surface_hash: null,
  producer_id: null,
  producer_seq: null,
  sampled: false,
  told_at: null,
  model: null,
  ...rest,
});

export const spanFacts = (
  span: Partial<SpanRow> = {},
  rest: Partial<Omit<SpanFacts, 'span'>> = {},
): SpanFacts => ({
  span: spanRow(span),
  decision: null,
  approval: null,
  credential: null,
  surface: null,
  ...rest,
});

export const decisionRow = (rest: Partial<DecisionRow> = {}): DecisionRow => ({
  decision_id: null,
  effect: 'allow',
  enforcement: null,
  reason: null,
  cached: false,
  engine: null,
  policy: null,
  policy_version: null,
  rules: null,
  principal_id: null,
  principal_type: null,
  delegation_type: null,
  delegation_chain: null,
  logged: false,
  ...rest,
});

/** Commits facts as one record of each workspace at an offset of segment 1. */
export const commitFacts = (
  loader: Loader,
  facts: readonly SpanFacts[],
  offset = 56,
  workspaces: readonly string[] = ['default'],
) => {
  const group = createGroup();
  const position = { segment: 1, offset };
  for (const workspace of workspaces) {
    const received = { workspace, received_at: STARTED + 5000, attested: true, position };
    addFacts(group, received, facts);
  }
  return loader.commit({ group, grants: [], next: { segment: 1, offset: offset + 100 } });
};
