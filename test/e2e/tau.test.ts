// 200 real sessions replayed through the real SDK and exporter: uses equal the data's own counts, however they arrive.
import type { Context } from '@opentelemetry/api';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentRow, SurfaceRow } from '../../server/api/contract.ts';
import type { RunningServer } from './server.ts';
import { ROOT, startServer } from './server.ts';

const DATA = `${ROOT}../shared/data/tau-airline/`;
const present = existsSync(`${DATA}sessions.jsonl`);
if (!present) process.stderr.write(`SKIPPED: the airline sessions, since ${DATA} is absent\n`);
const SETTLED = { timeout: 60_000, interval: 500 };

const DAY_MS = 24 * 3600 * 1000;
const DAYS = 100;
const STEP_MS = 2000;
const SPANS_A_REQUEST = 256;

interface Session {
  session: string;
  task: number;
  trial: number;
  steps: { tool: string; error: boolean }[];
}

/** The counts and the granted tools as the data's README states them. */
const readCounts = (): { uses: Record<string, number>; tools: string[] } => {
  const readme = readFileSync(`${DATA}README.md`, 'utf8');
  const list = /must reproduce: ([^.]+)\./.exec(readme)?.[1] ?? '';
  const uses = list.split(', ').map((entry) => {
    const [tool = '', count = ''] = entry.split(' ');
    return [`tool:${tool}`, Number(count)] as const;
  });
  const tools = /granted surface\): ([^.]+)\./.exec(readme)?.[1]?.split(', ') ?? [];
  return { uses: Object.fromEntries(uses), tools };
};

/** The spans of all sessions under one agent: two a day, the first 100 days ago. */
const replay = async (
  agent: string,
  sessions: Session[],
  tools: string[],
): Promise<ReadableSpan[]> => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = provider.getTracer('replay');
  const definitions = JSON.stringify(tools.map((name) => ({ type: 'function', name })));
  const first = Date.now() - DAYS * DAY_MS;
  sessions.forEach(({ session, task, steps }, index) => {
    let clock = first + (index * DAYS * DAY_MS) / sessions.length;
    const span = (name: string, attributes: Record<string, string>, within: Context) =>
      tracer.startSpan(name, { attributes, startTime: clock }, within);
    const about = {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': agent,
      'gen_ai.conversation.id': session,
      'footprint.session.task_id': `airline-${task}`,
      'gen_ai.tool.definitions': definitions,
    };
    const root = span(`invoke_agent ${agent}`, about, ROOT_CONTEXT);
    const within = trace.setSpan(ROOT_CONTEXT, root);
    for (const { tool, error } of steps) {
      const call = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool };
      const failed: Record<string, string> = error ? { 'error.type': 'tool_error' } : {};
      const step = span(`execute_tool ${tool}`, { ...call, ...failed }, within);
      clock += STEP_MS;
      step.end(clock);
    }
    root.end(clock);
  });
  await provider.forceFlush();
  return [...exporter.getFinishedSpans()];
};

/** Fisher and Yates, by a fixed sequence: the same disorder each time. */
const shuffled = <T>(items: readonly T[]): T[] => {
  const list = [...items];
  let seed = 20_261_122;
  for (let last = list.length - 1; last > 0; last -= 1) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    const other = seed % (last + 1);
    [list[last], list[other]] = [list[other] as T, list[last] as T];
  }
  return list;
};

const send = async (url: string, spans: readonly ReadableSpan[]): Promise<void> => {
  const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces` });
  for (let from = 0; from < spans.length; from += SPANS_A_REQUEST) {
    const batch = spans.slice(from, from + SPANS_A_REQUEST);
    await new Promise<void>((resolve, reject) => {
      exporter.export(batch, ({ code, error }) =>
        Number(code) === 0 ? resolve() : reject(error ?? new Error('export')),
      );
    });
  }
  await exporter.shutdown();
};

describe.skipIf(!present)('200 airline sessions over 100 days', () => {
  let server: RunningServer;
  let sessions: Session[];
  const { uses, tools } = present ? readCounts() : { uses: {}, tools: [] };

  beforeAll(async () => {
    const lines = readFileSync(`${DATA}sessions.jsonl`, 'utf8').trim().split('\n');
    sessions = lines.map((line) => JSON.parse(line) as Session);
    server = await startServer();
  });
  afterAll(() => server.remove());

  const since = new Date(Date.now() - (DAYS + 1) * DAY_MS).toISOString();
  const used = async (agent: string): Promise<Record<string, number>> => {
    const rows = await server.rows<SurfaceRow>(`/api/v1/agents/${agent}/surface?since=${since}`);
    return Object.fromEntries(
      rows.filter((row) => row.uses > 0).map((row) => [row.permission, row.uses]),
    );
  };
  const agentRow = async (agent: string): Promise<AgentRow | undefined> => {
    const rows = await server.rows<AgentRow>(`/api/v1/agents?since=${since}`);
    return rows.find((row) => row.agent === agent);
  };

  it('have the counts that their README states', () => {
    expect(sessions).toHaveLength(200);
    expect(Object.values(uses).reduce((sum, count) => sum + count, 0)).toBe(1164);
    expect(tools).toHaveLength(14);
  });

  it('are counted exactly, and no differently after a second sending', async () => {
    const spans = await replay('airline', sessions, tools);
    await send(server.url, spans);
    await expect.poll(() => used('airline'), SETTLED).toEqual(uses);
    const once = await agentRow('airline');
    expect(once).toMatchObject({ granted: 14, sessions: 200, tasks: 50 });
    await send(server.url, spans);
    await expect
      .poll(
        async () =>
          (await server.get<{ waiting_spans: number }>('/api/v1/health/telemetry')).waiting_spans,
        SETTLED,
      )
      .toBe(0);
    expect(await used('airline')).toEqual(uses);
    expect(await agentRow('airline')).toEqual(once);
  });

  it('are counted exactly where the spans of each trace come in random order over several requests', async () => {
    const spans = await replay('airline-shuffled', sessions, tools);
    await send(server.url, shuffled(spans));
    await expect.poll(() => used('airline-shuffled'), SETTLED).toEqual(uses);
    expect(await agentRow('airline-shuffled')).toMatchObject({
      granted: 14,
      sessions: 200,
      tasks: 50,
    });
  });
});
