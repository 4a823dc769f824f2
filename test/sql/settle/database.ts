// A real DuckDB in memory with the migrated schema, into which facts are put and settled as the server does.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance, type Json } from '@duckdb/node-api';
import type { SpanFacts } from '../../facts-rows.ts';

const SQL = fileURLToPath(new URL('../../../sql/', import.meta.url));
const read = (folder: string, pattern: RegExp): string[] =>
  readdirSync(SQL + folder)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => readFileSync(`${SQL}${folder}/${name}`, 'utf8'));

const SETTLE = [...read('settle', /\.sql$/), ...read('rollup', /\.sql$/)];

/** Columns whose JSON value is not yet the column's. */
const CONVERTED: Record<string, string> = {
  span_id: "('0x' || span_id)::ubigint",
  parent_span_id: "('0x' || parent_span_id)::ubigint",
  trace_id: 'trace_id::uuid',
};

/** The row of each table that a span's facts make, null where they make none. */
const TABLES: Record<string, (facts: SpanFacts) => object | null> = {
  spans: (facts: SpanFacts) => ({
    ...facts.span,
    attested: true,
    journal_segment: 0,
    journal_offset: 0,
    journal_index: 0,
    received_at: facts.span.ended_at,
  }),
  decision_spans: ({ span, decision }: SpanFacts) => decision && { ...keyOf(span), ...decision },
  approval_spans: ({ span, approval }: SpanFacts) => approval && { ...keyOf(span), ...approval },
  credential_spans: ({ span, credential }: SpanFacts) =>
    credential && { ...keyOf(span), ...credential },
  surface_spans: ({ span, surface }: SpanFacts) => surface && { ...keyOf(span), ...surface },
};

const jsonType = (name: string, type: string): string => {
  if (name in CONVERTED) return 'VARCHAR';
  return type === 'TIMESTAMP' ? 'BIGINT' : type;
};

const keyOf = ({ trace_id, span_id, started_at }: SpanFacts['span']) => ({
  trace_id,
  span_id,
  started_at,
});

export interface Database {
  /** Load spans, those known already left out, and settle until nothing asks for it again. */
  take(facts: readonly SpanFacts[]): Promise<void>;
  rows(query: string): Promise<Record<string, Json>[]>;
  close(): void;
}

export const openDatabase = async (): Promise<Database> => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  for (const text of read('duckdb', /^\d{4}_.*\.sql$/)) await connection.run(text);
  for (const text of read('duckdb', /^functions.*\.sql$/)) await connection.run(text);
  await connection.run(`
    create temp table settling (workspace varchar, trace_id uuid, again boolean,
      first_started_at timestamp, last_started_at timestamp);
    create temp table settle_next (workspace varchar, trace_id uuid);
    create temp table touched_sessions (session_key ubigint);
    create temp table touched_tokens (token_key ubigint);
    create temp table touched_spells (agent_hash ubigint, day timestamp);
    create temp table touched_days (agent_key uinteger, day timestamp);
    create temp table pending (workspace varchar, trace_id uuid);`);
  const rows = async (query: string) => (await connection.runAndReadAll(query)).getRowObjectsJson();
  const known = new Set<string>();
  const surfaces = new Set<string>();

  const insert = async (table: string, all: readonly (object | null)[]): Promise<void> => {
    const values = all.filter((row) => row !== null);
    if (values.length === 0) return;
    const given = Object.keys(values[0] ?? {});
    const columns = (
      await rows(
        `select column_name as name, data_type as type from duckdb_columns()
         where table_name = '${table}'`,
      )
    )
      .map(({ name, type }) => ({ name: name as string, type: type as string }))
      .filter(({ name }) => given.includes(name));
    const names = columns.map(({ name }) => name);
    const shape = columns.map(({ name, type }) => `"${name}":"${jsonType(name, type)}"`);
    const list = columns.map(({ name, type }) =>
      type === 'TIMESTAMP' ? `make_timestamp(${name})` : (CONVERTED[name] ?? name),
    );
    await connection.run(
      `insert into ${table} (workspace, ${names.join(', ')})
       select 'default', ${list.join(', ')}
       from (select unnest(from_json($rows::json, '[{${shape.join(',')}}]'), recursive := true))`,
      { rows: JSON.stringify(values) },
    );
  };

  const load = async (facts: readonly SpanFacts[]): Promise<void> => {
    const fresh = facts.filter(({ span }) => {
      const key = `${span.trace_id}/${span.span_id}`;
      return known.has(key) ? false : known.add(key);
    });
    for (const [table, pick] of Object.entries(TABLES)) await insert(table, fresh.map(pick));
    for (const { surface } of fresh) {
      if (surface === null || surfaces.has(surface.surface_hash)) continue;
      surfaces.add(surface.surface_hash);
      const { surface_hash, permissions } = surface;
      await insert(
        'surfaces',
        permissions.map((held) => ({ surface_hash, ...held })),
      );
    }
    for (const id of new Set(fresh.map(({ span }) => span.trace_id))) {
      await connection.run(`insert into pending values ('default', '${id}')`);
    }
  };

  const settle = async (): Promise<void> => {
    for (let round = 0; round < 10; round++) {
      await connection.run(`begin; truncate settling; truncate settle_next;
        insert into settling
        select s.workspace, s.trace_id,
          count(*) filter (where s.trace_id in (
            select trace_id from session_parts union all select trace_id from quiet_traces)) > 0,
          min(s.started_at), max(s.started_at)
        from spans as s semi join pending using (workspace, trace_id) group by all;
        truncate pending;`);
      for (const text of SETTLE) await connection.run(text);
      await connection.run('insert into pending select * from settle_next; commit');
      const [left] = await rows('select count(*)::integer as n from pending');
      if (left?.['n'] === 0) return;
    }
    throw new Error('settling asked for itself ten times over');
  };

  return {
    rows,
    take: async (facts) => {
      await load(facts);
      await settle();
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
};

/** Settled tables, and rollups with their keys as names, since keys are numbered in the order of arrival. */
const TABLES_SETTLED: Record<string, string> = {
  session_parts: 'select * from session_parts',
  permission_uses: 'select * from permission_uses',
  decisions: 'select * from decisions',
  token_events: 'select * from token_events',
  grants: 'select * from grants',
  producer_parts: 'select * from producer_parts',
  sessions: `select agent, r.* exclude (agent_key) from sessions r join agents using (agent_key)`,
  session_uses: `select agent, permission, r.* exclude (agent_key, permission_key)
    from session_uses r join agents using (agent_key) join permissions using (permission_key)`,
  tokens: `select agent, r.* exclude (agent_key) from tokens r join agents using (agent_key)`,
  grant_spells: `select agent, r.* exclude (agent_key)
    from grant_spells r join agents using (agent_key)`,
  session_days: `select agent, r.* exclude (agent_key)
    from session_days r join agents using (agent_key)`,
  use_days: `select agent, permission, r.* exclude (agent_key, permission_key)
    from use_days r join agents using (agent_key) join permissions using (permission_key)`,
};

/** All settled rows, each as JSON text, sorted: what must not depend on the order of arrival. */
export const settledRows = async (database: Database): Promise<string[]> => {
  const texts = await Promise.all(
    Object.entries(TABLES_SETTLED).map(async ([table, query]) =>
      (await database.rows(query)).map((row) => `${table} ${JSON.stringify(row)}`),
    ),
  );
  return texts.flat().sort();
};
