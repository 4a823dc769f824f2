// An agent of the collector benchmark, in a process of its own: measures what recording costs it.
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { authorize, task, tool } from '../../collector/index.ts';
import type { Answer, AuthorizationRequest, Decision } from '../../collector/index.ts';
import { mcpClient } from '../../collector/integrations/mcp.ts';
import { start } from '../../collector/start.ts';
import { loadMcp } from './collector-mcp.ts';

interface Telemetry {
  flush: () => Promise<void>;
  shutdown: () => Promise<void>;
}

/** What is run: decisions, tool calls or MCP calls as the collector records them, a plain span of the SDK, or nothing. */
export type Work = 'decision' | 'tool_call' | 'mcp_call' | 'bare' | 'nothing';

/** What the parent asks for. */
export type Order =
  | { measure: 'each'; work: Work; calls: number }
  | { measure: 'load'; work: 'decided_call' | 'bare' | 'nothing'; per_s: number; seconds: number }
  | { measure: 'growth'; per_s: number; seconds: number };

/** What it is answered, by name. */
export type Figures = Readonly<Record<string, number>>;

const TICK_MS = 10;
const MIB = 1024 * 1024;

const ANSWER: Answer = {
  effect: 'allow',
  rules: ['read-anything'],
  reason: 'permitted',
  engine: 'custom',
  policy: { id: 'desk', version: '3' },
};
const decide = (): Answer => ANSWER;
const act = (): number => 1;

const request = (call: number): AuthorizationRequest => ({
  permission: 'mail:send',
  action: 'send',
  resource: { type: 'mailbox', id: `m-${call % 50}` },
  required_scopes: ['mail.send'],
  principal: { id: 'desk', type: 'agent' },
  delegation: { type: 'on_behalf_of', chain: ['user:ada', 'agent:desk'] },
  tool_call_id: `call-${call}`,
});
const use = (call: number, decision: Decision): number =>
  tool(
    {
      name: 'send_mail',
      permission: 'mail:send',
      required_scopes: ['mail.send'],
      call_id: `call-${call}`,
      decision,
    },
    act,
  );

/** The attributes that a decision has on the wire, as an agent without Footprint would set them. */
const attributesOf = (index: number) => ({
  'gen_ai.agent.name': 'desk',
  'gen_ai.conversation.id': 's-0',
  'footprint.schema': 1,
  'footprint.session.id': 's-0',
  'footprint.permission': 'mail:send',
  'footprint.permission.required_scopes': ['mail.send'],
  'footprint.resource.type': 'mailbox',
  'footprint.resource.id': `m-${index % 50}`,
  'footprint.principal.id': 'desk',
  'footprint.principal.type': 'agent',
  'footprint.delegation.type': 'on_behalf_of',
  'footprint.delegation.chain': ['user:ada', 'agent:desk'],
  'gen_ai.tool.call.id': `call-${index}`,
  'footprint.decision.id': randomUUID(),
  'footprint.decision.effect': 'allow',
  'footprint.decision.enforcement': 'enforced',
  'footprint.decision.reason': 'permitted',
  'footprint.policy.engine': 'custom',
  'footprint.policy.id': 'desk',
  'footprint.policy.version': '3',
  'footprint.policy.rules': ['read-anything'],
  'footprint.producer.id': 'e8f1c2d4-0000-4000-8000-000000000000',
  'footprint.producer.seq': index,
});
const bareSpan = (index: number): void => {
  const span = trace.getTracer('bare').startSpan('authorize send', {
    attributes: attributesOf(index),
  });
  context.with(trace.setSpan(context.active(), span), act);
  span.end();
};

/** A call of a tool that answers at once, of a server of the MCP SDK in this process. */
const mcpCall = async (recorded: boolean): Promise<() => unknown> => {
  const { Client, InMemoryTransport, McpServer } = await loadMcp();
  const about = { name: 'bench', version: '0.0.0' };
  const server = new McpServer(about);
  server.registerTool('echo', { description: 'echo' }, () => ({ content: [] }));
  const [here, there] = InMemoryTransport.createLinkedPair();
  const client = new Client(about);
  await server.connect(there);
  await client.connect(here);
  const used = recorded ? mcpClient(client, { server: 'bench' }) : client;
  return () => used.callTool({ name: 'echo' });
};

/** One tool call and the decision before it: recorded, as two bare spans, or not at all. */
const call = (index: number, work: 'decided_call' | 'bare' | 'nothing'): void => {
  if (work === 'decided_call') return void use(index, authorize(request(index), decide));
  if (work === 'bare') {
    bareSpan(index);
    return bareSpan(index);
  }
  request(index);
  decide();
  act();
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const cpuMicros = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return user + system;
};

/** One of these works, prepared. */
const prepared = async (work: Work): Promise<(index: number) => unknown> => {
  switch (work) {
    case 'decision':
      return (index) => authorize(request(index), decide);
    case 'tool_call': {
      const decision = authorize(request(0), decide);
      return (index) => use(index, decision);
    }
    case 'mcp_call':
      return mcpCall(true);
    case 'bare':
      return bareSpan;
    case 'nothing':
      return mcpCall(false);
  }
};

/**
 * What a call costs beyond what it wraps: microseconds that its caller is held up, and of processor time with all
 * that follows, which is preparing and sending.
 */
const each = async (work: Work, calls: number): Promise<Figures> => {
  const one = await prepared(work);
  const awaited = work === 'mcp_call' || work === 'nothing';
  const round = 500;
  let spent = 0;
  const run = async (from: number): Promise<void> => {
    const began = performance.now();
    if (awaited) for (let index = 0; index < round; index += 1) await one(from + index);
    else for (let index = 0; index < round; index += 1) one(from + index);
    spent += performance.now() - began;
  };
  const rounds = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += round) {
      if (work === 'bare' || work === 'nothing') await run(done);
      else await task({ agent: 'desk', session: `s-${done}` }, () => run(done));
      await telemetry.flush();
    }
  };
  await rounds(calls / 4);
  process.send?.({ warm: true });
  spent = 0;
  const before = process.cpuUsage();
  await rounds(calls);
  return { us: (spent * 1000) / calls, cpu_us: cpuMicros(before) / calls };
};

/** `per_s` calls a second, in ticks, each second a task of its own. */
const load = async (
  per_s: number,
  seconds: number,
  work: 'decided_call' | 'bare' | 'nothing',
): Promise<void> => {
  const began = performance.now();
  let done = 0;
  for (let second = 0; second < seconds; second += 1) {
    const body = async (): Promise<void> => {
      const until = began + (second + 1) * 1000;
      for (let now = performance.now(); now < until; now = performance.now()) {
        const due = Math.floor(((now - began) / 1000) * per_s);
        while (done < due) call((done += 1), work);
        await pause(TICK_MS);
      }
    };
    const recorded = work === 'decided_call';
    await (recorded ? task({ agent: 'desk', session: `s-${second}` }, body) : body());
  }
};

/** Share of a core under load, and how late the event loop is, beyond the resolution with which that is looked at. */
const underLoad = async (
  per_s: number,
  seconds: number,
  work: 'decided_call' | 'bare' | 'nothing',
): Promise<Figures> => {
  await load(per_s, 3, work);
  const delay = monitorEventLoopDelay({ resolution: TICK_MS });
  delay.enable();
  const before = process.cpuUsage();
  const began = performance.now();
  await load(per_s, seconds, work);
  const cpu_percent = cpuMicros(before) / 10 / (performance.now() - began);
  delay.disable();
  return { cpu_percent, delay_p99_ms: Math.max(0, delay.percentile(99) / 1e6 - TICK_MS) };
};

/** Warms up with a receiver that answers, has the parent silence it, and tells what memory that costs. */
const growth = async (per_s: number, seconds: number): Promise<Figures> => {
  await load(per_s, seconds / 2, 'decided_call');
  const silenced = new Promise<void>((resolve) => process.once('message', () => resolve()));
  process.send?.({ warm: true });
  await silenced;
  const before = process.memoryUsage.rss();
  await load(per_s, seconds, 'decided_call');
  return { mib: (process.memoryUsage.rss() - before) / MIB };
};

const obey = (order: Order): Promise<Figures> => {
  switch (order.measure) {
    case 'load':
      return underLoad(order.per_s, order.seconds, order.work);
    case 'growth':
      return growth(order.per_s, order.seconds);
    case 'each':
      return each(order.work, order.calls);
  }
};

/** A provider without any part of Footprint, which sends by the same exporter in the same batches. */
const bareProvider = (): Telemetry => {
  const exporter = new OTLPTraceExporter();
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return { flush: () => provider.forceFlush(), shutdown: () => provider.shutdown() };
};

let telemetry: Telemetry;
process.once('message', (order: Order) => {
  const bare = order.measure !== 'growth' && (order.work === 'bare' || order.work === 'nothing');
  telemetry = bare ? bareProvider() : start({ agent: 'desk' });
  void obey(order).then(async (figures) => {
    process.send?.({ figures });
    await telemetry.shutdown();
    process.disconnect();
    process.exit();
  });
});
