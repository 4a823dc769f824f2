// The bulk load: every column kind reads back as it was given, resent spans are kept once, a commit is whole or nothing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askAll } from '../../server/store/duckdb.ts';
import { parseQuery } from '../../server/store/query.ts';
import type { Row } from '../../server/store/store.ts';
import {
  STARTED,
  commitFacts,
  decisionRow,
  openStore,
  spanFacts,
  spanRow,
  type OpenedStore,
} from './open.ts';

let store: OpenedStore;
beforeAll(async () => {
  store = await openStore();
});
afterAll(() => store.close());

const rows = (text: string): Promise<Row[]> =>
  askAll({ connection: store.connection, question: parseQuery('test', text), params: {} });
const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

const TEXTS = [
  null,
  '',
  'a',
  'twelve bytes',
  'thirteen byte',
  'ä',
  'zwölf Bytes!',
  'zwölf Bytes',
  '日本語のテキスト',
  '🦆'.repeat(3),
  '🦆'.repeat(4),
  'a\u0000b',
  'a nul \u0000 in a long text',
  'x'.repeat(100_000),
  '\u202ereversed',
];

describe('a bulk load', () => {
  it('reads back every kind of text, list and number over several chunks', async () => {
    const facts = Array.from({ length: 5000 }, (_, i) => {
      const text = TEXTS[i % TEXTS.length] ?? null;
      const list = i % 7 === 0 ? null : TEXTS.slice(0, i % 7).map((item) => item ?? 'none');
      return spanFacts({
        trace_id: hex(i + 1, 32),
        span_id: `f${hex(i, 15)}`,
        parent_span_id: i % 3 === 0 ? null : hex(i, 16),
        name: text ?? 'name',
        agent: text,
        required_scopes: list,
        denied: i % 2 === 1,
        producer_seq: i % 5 === 0 ? null : i * 1_000_000_007 - 5,
        started_at: STARTED + i,
      });
    });
    await commitFacts(store.loader, facts);
    const found = await rows(
      `select trace_id, span_id, parent_span_id, name, agent, required_scopes, denied, producer_seq,
        epoch_us(started_at) as started_at, journal_index from spans order by journal_index`,
    );
    expect(found).toEqual(
      facts.map(({ span }, i) => ({
        trace_id: span.trace_id,
        span_id: span.span_id,
        parent_span_id: span.parent_span_id,
        name: span.name,
        agent: span.agent,
        required_scopes: span.required_scopes,
        denied: span.denied,
        producer_seq: span.producer_seq,
        started_at: span.started_at,
        journal_index: i,
      })),
    );
  });

  it('replaces a lone surrogate, which no UTF-8 can hold', async () => {
    const lone = spanFacts({
      trace_id: hex(1, 32),
      span_id: hex(9, 16),
      name: 'a\ud800b',
      tool: '\udc00 and much longer',
    });
    await commitFacts(store.loader, [lone]);
    const found = await rows('select name, tool from spans where span_id = 9');
    expect(found).toEqual([{ name: 'a\ufffdb', tool: '\ufffd and much longer' }]);
  });

  it('writes every column of a span and what stands beside it', async () => {
    const of = { trace_id: hex(900_077, 32), span_id: hex(78, 16) };
    const told = spanRow({
      ...of,
      parent_span_id: 'ffffffffffffffff',
      environment: 'production',
      span_kind: 3,
      status_code: 2,
      error_type: 'timeout',
      service: 's',
      agent: 'a',
      agent_parent: 'b',
      agent_version: '1',
      agent_identity: 'i',
      owner: 'o',
      session: 'se',
      task_id: 't',
      goal: 'g',
      user_id: 'u',
      permission: 'tool:x',
      tool: 'x',
      tool_call_id: 'c',
      required_scopes: [],
      resource_type: 'rt',
      resource_id: 'ri',
      denied: true,
      decision_id: 'd',
      fingerprint: 'f',
      surface_hash: 'h',
      producer_id: 'p',
      producer_seq: -1,
      sampled: true,
    });
    await commitFacts(store.loader, [
      {
        span: told,
        decision: decisionRow({
          effect: 'deny',
          rules: ['r1', 'a longer rule name'],
          cached: true,
        }),
        approval: {
          approval_id: 'ap',
          decision_id: null,
          tier: null,
          outcome: 'granted',
          source: null,
          approver: null,
          approver_type: null,
          requested_at: STARTED,
        },
        credential: {
          fingerprint: 'f',
          event: 'issued',
          type: null,
          issuer: null,
          audience: null,
          credential_id: null,
          issued_at: STARTED,
          expires_at: null,
          revoked_at: null,
          scopes: ['calendar.read'],
          scopes_requested: null,
          parent_fingerprint: null,
          delegation_chain: ['user:p', 'agent:a'],
        },
        surface: {
          kind: 'tool_list',
          source: 'request',
          source_ref: null,
          surface_hash: 'h',
          part: 1,
          parts: 1,
          permissions: [{ permission: 'tool:x', resource_pattern: '*', definition: '0a' }],
        },
      },
    ]);
    const where = "where trace_id = '00000000-0000-0000-0000-0000000dbbed'";
    const [span] = await rows(`select * from spans ${where}`);
    const instant = '2026-11-22T12:00:00.000001Z';
    expect(span).toEqual({
      ...told,
      workspace: 'default',
      started_at: instant,
      ended_at: '2026-11-22T12:00:00.001501Z',
      received_at: '2026-11-22T12:00:00.005001Z',
      attested: true,
      journal_segment: 1,
      journal_offset: 56,
      journal_index: 0,
    });
    const key = { workspace: 'default', ...of, started_at: instant };
    const decision = decisionRow({
      effect: 'deny',
      rules: ['r1', 'a longer rule name'],
      cached: true,
    });
    expect(await rows(`select * from decision_spans ${where}`)).toEqual([{ ...key, ...decision }]);
    expect(await rows(`select * from approval_spans ${where}`)).toMatchObject([
      { ...key, outcome: 'granted', requested_at: instant },
    ]);
    expect(await rows(`select * from credential_spans ${where}`)).toMatchObject([
      {
        ...key,
        event: 'issued',
        scopes: ['calendar.read'],
        scopes_requested: null,
        expires_at: null,
      },
    ]);
    expect(await rows(`select * from surface_spans ${where}`)).toMatchObject([{ ...key, part: 1 }]);
    expect(await rows("select permission from surfaces where surface_hash = 'h'")).toEqual([
      { permission: 'tool:x' },
    ]);
  });

  it('keeps a span that is sent again once, whether with the same commit or a later one', async () => {
    const before = await store.loader.state();
    const one = spanFacts({ trace_id: hex(500_001, 32), name: 'first' });
    const other = spanFacts({
      trace_id: hex(500_001, 32),
      name: 'second',
      started_at: STARTED + 9e6,
    });
    await commitFacts(store.loader, [one, one]);
    const { state } = await commitFacts(store.loader, [other]);
    expect(state.spans - before.spans).toBe(1);
    expect(state.duplicates - before.duplicates).toBe(2);
    const text = "select name from spans where trace_id = '00000000-0000-0000-0000-00000007a121'";
    expect(await rows(text)).toEqual([{ name: 'first' }]);
  });

  it('counts a span that comes again with other content, in the same commit, a later one, or beside it', async () => {
    const told = async (facts: ReturnType<typeof spanFacts>[]) => {
      const before = await store.loader.state();
      const { state } = await commitFacts(store.loader, facts);
      return [state.duplicates - before.duplicates, state.conflicts - before.conflicts];
    };
    const id = { trace_id: hex(510_001, 32), required_scopes: ['a'] };
    const decided = (effect: 'allow' | 'deny') =>
      spanFacts(
        { trace_id: hex(510_002, 32), fact: 'decision' },
        { decision: decisionRow({ effect, rules: ['r'] }) },
      );
    expect(await told([spanFacts(id), decided('allow')])).toEqual([0, 0]);
    expect(await told([spanFacts(id), decided('allow')])).toEqual([2, 0]);
    expect(await told([spanFacts({ ...id, name: 'other' })])).toEqual([1, 1]);
    expect(await told([spanFacts({ ...id, required_scopes: null })])).toEqual([1, 1]);
    expect(await told([decided('deny')])).toEqual([1, 1]);
    const twice = { trace_id: hex(510_003, 32) };
    expect(await told([spanFacts(twice), spanFacts({ ...twice, agent: 'b' })])).toEqual([1, 1]);
    const names = await rows(
      "select name, agent from spans where trace_id::varchar >= '00000000-0000-0000-0000-00000007c831' and trace_id::varchar <= '00000000-0000-0000-0000-00000007c833' order by trace_id",
    );
    expect(names).toEqual(
      Array.from({ length: 3 }, () => ({ name: 'execute_tool book', agent: null })),
    );
  });

  it('finds a span whose clock cannot be right again, however much later it comes', async () => {
    const told = async (span: Parameters<typeof spanFacts>[0]) => {
      const before = await store.loader.state();
      const { state } = await commitFacts(store.loader, [
        spanFacts({ trace_id: hex(520_001, 32), told_at: 0, ...span }),
      ]);
      return [state.duplicates - before.duplicates, state.conflicts - before.conflicts];
    };
    const day = 86_400e6;
    expect(await told({})).toEqual([0, 0]);
    expect(await told({ started_at: STARTED + day, ended_at: STARTED + day })).toEqual([1, 0]);
    expect(await told({ started_at: STARTED + day, told_at: 5 })).toEqual([1, 1]);
  });

  it('counts what came again by environment', async () => {
    const twice = [
      spanFacts({ trace_id: hex(530_001, 32), environment: 'east' }),
      spanFacts({ trace_id: hex(530_002, 32), environment: 'west' }),
    ];
    await commitFacts(store.loader, twice);
    await commitFacts(store.loader, twice);
    await commitFacts(store.loader, [
      spanFacts({ trace_id: hex(530_001, 32), environment: 'east', name: 'other' }),
    ]);
    const text =
      "select environment, duplicates, conflicts from repeats where environment like '%st' order by 1";
    expect(await rows(text)).toEqual([
      { environment: 'east', duplicates: 2, conflicts: 1 },
      { environment: 'west', duplicates: 1, conflicts: 0 },
    ]);
  });

  it('keeps the same ids of two workspaces apart', async () => {
    const facts = [spanFacts({ trace_id: hex(600_001, 32) })];
    const before = await store.loader.state();
    const { state } = await commitFacts(store.loader, facts, 56, ['a', 'b']);
    expect(state.spans - before.spans).toBe(2);
  });

  it('stores a surface told a thousand times once', async () => {
    const permissions = [{ permission: 'tool:y', resource_pattern: '*', definition: null }];
    const surface = {
      kind: 'tool_list' as const,
      source: 'request',
      source_ref: null,
      surface_hash: 'often',
      part: 1,
      parts: 1,
      permissions,
    };
    const facts = (from: number) =>
      Array.from({ length: 500 }, (_, i) =>
        spanFacts({ trace_id: hex(from + i, 32) }, { surface }),
      );
    await commitFacts(store.loader, facts(700_000));
    await commitFacts(store.loader, facts(710_000));
    expect(await rows("select count(*) as n from surfaces where surface_hash = 'often'")).toEqual([
      { n: 1 },
    ]);
  });

  it('stores nothing and moves nowhere where a part of a commit fails', async () => {
    const before = await store.loader.state();
    const [count] = await rows('select count(*) as n from spans');
    const good = spanFacts({ trace_id: hex(800_001, 32) });
    const bad = spanFacts({ trace_id: hex(800_002, 32) }, { decision: decisionRow() });
    await store.connection.run('alter table decision_spans rename to hidden');
    await expect(commitFacts(store.loader, [good, bad], 5000)).rejects.toThrow();
    await store.connection.run('alter table hidden rename to decision_spans');
    expect(await store.loader.state()).toEqual(before);
    expect(await rows('select count(*) as n from spans')).toEqual([count]);
    const { state } = await commitFacts(store.loader, [good, bad], 5000);
    expect(state).toEqual({
      ...before,
      next: { segment: 1, offset: 5100 },
      commits: before.commits + 1,
      spans: before.spans + 2,
    });
  });
});
