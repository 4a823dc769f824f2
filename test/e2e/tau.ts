// The airline sessions of the data folder, replayed as spans through the real SDK and exporter.
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
import { ROOT } from './server.ts';

const DATA = `${ROOT}../shared/data/tau-airline/`;
/** Said aloud where the data is not there: the tests on it are skipped then. */
export const present = existsSync(`${DATA}sessions.jsonl`);
if (!present) process.stderr.write(`SKIPPED: the airline sessions, since ${DATA} is absent\n`);

export const DAY_MS = 24 * 3600 * 1000;
export const DAYS = 100;
const STEP_MS = 2000;
const SPANS_A_REQUEST = 256;

export interface Session {
  session: string;
  task: number;
  trial: number;
  steps: { tool: string; error: boolean }[];
}

/** The counts and the granted tools as the data's README states them. */
export const readCounts = (): { uses: Record<string, number>; tools: string[] } => {
  const readme = readFileSync(`${DATA}README.md`, 'utf8');
  const list = /must reproduce: ([^.]+)\./.exec(readme)?.[1] ?? '';
  const uses = list.split(', ').map((entry) => {
    const [tool = '', count = ''] = entry.split(' ');
    return [`tool:${tool}`, Number(count)] as const;
  });
  const tools = /granted surface\): ([^.]+)\./.exec(readme)?.[1]?.split(', ') ?? [];
  return { uses: Object.fromEntries(uses), tools };
};

export const readSessions = (): Session[] =>
  readFileSync(`${DATA}sessions.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Session);

export interface Replay {
  agent: string;
  sessions: readonly Session[];
  /** Tools offered to the model in every session. */
  tools: readonly string[];
  /** Whether tries at one task say so. */
  tasks?: boolean;
}

/** The spans of all sessions under one agent, evenly over the days, the first of them 100 days ago. */
export const replay = async ({
  agent,
  sessions,
  tools,
  tasks = true,
}: Replay): Promise<ReadableSpan[]> => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = provider.getTracer('replay');
  const definitions = JSON.stringify(tools.map((name) => ({ type: 'function', name })));
  const first = Date.now() - DAYS * DAY_MS;
  sessions.forEach(({ session, task, steps }, index) => {
    // In the middle of its step, so that no edge of a window cuts one.
    let clock = first + ((index + 0.5) * DAYS * DAY_MS) / sessions.length;
    const span = (name: string, attributes: Record<string, string>, within: Context) =>
      tracer.startSpan(name, { attributes, startTime: clock }, within);
    const about = {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': agent,
      'gen_ai.conversation.id': session,
      ...(tasks ? { 'footprint.session.task_id': `airline-${task}` } : {}),
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
export const shuffled = <T>(items: readonly T[]): T[] => {
  const list = [...items];
  let seed = 20_261_122;
  for (let last = list.length - 1; last > 0; last -= 1) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    const other = seed % (last + 1);
    [list[last], list[other]] = [list[other] as T, list[last] as T];
  }
  return list;
};

export const send = async (url: string, spans: readonly ReadableSpan[]): Promise<void> => {
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
