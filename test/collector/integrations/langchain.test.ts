// The LangChain integration with the package's own scripted model: offered, executed, refused, interrupted and resumed.
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { processor, task } from '../../../collector/index.ts';
import { langChain } from '../../../collector/integrations/langchain.ts';
import type * as langchain from '../../engines/frameworks/node_modules/langchain/dist/index.js';
import type * as langgraph from '../../engines/frameworks/node_modules/@langchain/langgraph/dist/index.js';
import type { DecisionRow, SurfaceRow } from '../../../server/api/contract.ts';
import type { RunningServer } from '../../e2e/server.ts';
import { startServer } from '../../e2e/server.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder, told } from '../recorder.ts';
import { has, load, send } from './frameworks.ts';

type LangChain = typeof langchain;
type LangGraph = typeof langgraph;

const SETTLED = { timeout: 30_000, interval: 250 };
const possible = has('langchain') && has('@langchain/langgraph');

let lc: LangChain;
let lg: LangGraph;
let server: RunningServer;
let recorder: Recorder;
beforeAll(async () => {
  recorder = startRecorder([processor()]);
  if (!possible) return;
  lc = await load<LangChain>('node_modules/langchain/dist/index.js');
  lg = await load<LangGraph>('node_modules/@langchain/langgraph/dist/index.js');
  server = await startServer();
}, 120_000);
afterAll(async () => {
  await recorder.stop();
  if (possible) await server.remove();
});
afterEach(() => void recorder.take());

const named = (spans: ReadableSpan[], name: string) => spans.filter((span) => span.name === name);
const TOOLS = ['read', 'send', 'wipe', 'fail'];
const makeTools = () =>
  TOOLS.map((name) =>
    lc.tool(
      () => {
        const failed = Object.assign(new Error('no'), { code: 'EACCES' });
        return name === 'fail' ? Promise.reject(failed) : Promise.resolve('done');
      },
      { name, description: name, schema: { type: 'object', properties: {} } as const },
    ),
  );
/** Asks for these tools at once, then says that it is done. */
const scripted = (calls: readonly string[]) =>
  lc
    .fakeModel()
    .respondWithTools(
      calls.map((name) => ({ name, args: { text: 'a secret letter' }, id: `${name}-1` })),
    )
    .respond(new lc.AIMessage('done'))
    .respond(new lc.AIMessage('done'));
const go = { messages: [{ role: 'user' as const, content: 'go' }] };
const decisions = async (agent: string) =>
  (await server.rows<DecisionRow>(`/api/v1/decisions?agent=${agent}`))
    .map((row) => `${row.permission} ${row.effect} ${row.approval_outcome} ${row.executed}`)
    .sort();
const surface = async (agent: string) =>
  (await server.rows<SurfaceRow>(`/api/v1/agents/${agent}/surface`)).map(
    ({ permission, granted, uses, denials }) => ({ permission, granted, uses, denials }),
  );

describe.skipIf(!possible)('a LangChain agent', () => {
  it('tells what is offered, executed, and refused by a middleware that fires no callback', async () => {
    const refuse = lc.createMiddleware({
      name: 'refuse',
      wrapToolCall: async (request, handler) =>
        request.toolCall.name === 'send'
          ? new lc.ToolMessage({
              content: 'denied by policy',
              tool_call_id: request.toolCall.id ?? '',
              status: 'error',
            })
          : handler(request),
    });
    const model = scripted(['read', 'send']);
    const agent = lc.createAgent({ model, tools: makeTools(), middleware: langChain([refuse]) });
    const result = await task({ agent: 'lc-uses', session: 's-lc-1' }, () => agent.invoke(go));
    expect(result.messages.map((message) => message.text)).toEqual([
      'go',
      'go',
      'done',
      'denied by policy',
      'done',
    ]);
    const spans = recorder.take();
    const chats = spans.filter(({ name }) => name.startsWith('chat'));
    expect(chats.map(told)).toMatchObject(
      [1, 2].map(() => ({
        'gen_ai.tool.definitions': JSON.stringify(
          TOOLS.map((name) => ({ type: 'function', name })),
        ),
      })),
    );
    expect(named(spans, 'execute_tool read')).toHaveLength(1);
    expect(named(spans, 'execute_tool send')).toHaveLength(0);
    expect(JSON.stringify(spans.map((span) => span.attributes))).not.toContain('secret letter');
    await send(server.url, spans);
    await expect
      .poll(() => surface('lc-uses'), SETTLED)
      .toEqual(
        expect.arrayContaining([
          { permission: 'tool:read', granted: true, uses: 1, denials: 0 },
          { permission: 'tool:send', granted: true, uses: 0, denials: 1 },
          { permission: 'tool:wipe', granted: true, uses: 0, denials: 0 },
        ]),
      );
    expect(await decisions('lc-uses')).toEqual(['tool:send deny null false']);
  });

  it('tells interrupts as decisions that wait, and what a person answers', async () => {
    const interruptOn = { send: true, wipe: true };
    const converse = async (session: string, answers: readonly ('approve' | 'reject')[]) => {
      // The types of its options are broken under exactOptionalPropertyTypes.
      const ask: object = lc.humanInTheLoopMiddleware({ interruptOn } as never);
      const agent = lc.createAgent({
        model: scripted(['read', 'send', 'wipe']),
        tools: makeTools(),
        checkpointer: new lg.MemorySaver(),
        middleware: langChain([ask as ReturnType<typeof lc.createMiddleware>]),
      });
      const config = { configurable: { thread_id: session } };
      await task({ agent: 'lc-asks', session }, async () => {
        const paused = await agent.invoke(go, config);
        expect(paused).toHaveProperty('__interrupt__');
        const resume = { decisions: answers.map((type) => ({ type })) };
        await agent.invoke(new lg.Command({ resume }), config);
      });
    };
    // The same tool call ids in both, at once.
    await Promise.all([
      converse('s-lc-2', ['approve', 'approve']),
      converse('s-lc-3', ['reject', 'reject']),
    ]);
    const spans = recorder.take();
    expect(named(spans, 'execute_tool send')).toHaveLength(1);
    await send(server.url, spans);
    await expect
      .poll(() => decisions('lc-asks'), SETTLED)
      .toEqual([
        'tool:send require_approval approved true',
        'tool:send require_approval denied false',
        'tool:wipe require_approval approved true',
        'tool:wipe require_approval denied false',
      ]);
  });

  it('records a tool that fails, and lets errors of tools and models through', async () => {
    const agent = lc.createAgent({
      model: scripted(['fail']),
      tools: makeTools(),
      middleware: langChain([]),
    });
    await expect(agent.invoke(go)).rejects.toThrow('no');
    expect(told(named(recorder.take(), 'execute_tool fail')[0])).toMatchObject({
      'error.type': 'permission_denied',
    });
    const away = lc.createAgent({
      model: lc.fakeModel().respond(new Error('the model is away')),
      tools: [],
      middleware: langChain([]),
    });
    await expect(away.invoke(go)).rejects.toThrow('the model is away');
    const unknown = lc.createAgent({
      model: scripted(['nowhere']),
      tools: makeTools(),
      middleware: langChain([]),
    });
    await unknown.invoke(go);
    expect(told(named(recorder.take(), 'execute_tool nowhere')[0])).toMatchObject({
      'error.type': 'tool_error',
    });
  });
});
