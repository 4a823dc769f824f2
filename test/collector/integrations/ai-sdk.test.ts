// The AI SDK's integration on its versions 6 and 7, with the SDK's own scripted models and with its own telemetry.
import { randomUUID } from 'node:crypto';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { processor, task } from '../../../collector/index.ts';
import { aiSdk } from '../../../collector/integrations/ai-sdk.ts';
import type * as ai from '../../engines/frameworks/node_modules/ai/dist/index.js';
import type * as aiTest from '../../engines/frameworks/node_modules/ai/dist/test/index.js';
import type * as aiOtel from '../../engines/frameworks/node_modules/@ai-sdk/otel/dist/index.js';
import type { DecisionRow, SurfaceRow } from '../../../server/api/contract.ts';
import type { RunningServer } from '../../e2e/server.ts';
import { startServer } from '../../e2e/server.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder, told } from '../recorder.ts';
import { has, load, send } from './frameworks.ts';

type Ai = typeof ai;
type AiTest = typeof aiTest;
type Otel = typeof aiOtel;
type Messages = NonNullable<Parameters<Ai['generateText']>[0]['messages']>;
interface Version {
  name: string;
  ai: string;
  test: string;
}

const VERSIONS: readonly Version[] = [
  { name: '7', ai: 'node_modules/ai/dist/index.js', test: 'node_modules/ai/dist/test/index.js' },
  {
    name: '6',
    ai: 'node_modules/ai-6/dist/index.mjs',
    test: 'node_modules/ai-6/dist/test/index.mjs',
  },
];
const SETTLED = { timeout: 30_000, interval: 250 };
const USAGE = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
const possible = has('ai') && has('ai-6') && has('@ai-sdk/otel');

let server: RunningServer;
let recorder: Recorder;
beforeAll(async () => {
  recorder = startRecorder([processor()]);
  if (possible) server = await startServer();
}, 120_000);
afterAll(async () => {
  await recorder.stop();
  if (possible) await server.remove();
});
afterEach(() => void recorder.take());

const named = (spans: ReadableSpan[], name: string) => spans.filter((span) => span.name === name);
const offeredBy = (span: ReadableSpan | undefined): unknown =>
  JSON.parse(String(span?.attributes['gen_ai.tool.definitions']));
const decisions = async (agent: string) =>
  (await server.rows<DecisionRow>(`/api/v1/decisions?agent=${agent}`)).map(
    ({ permission, effect, approval_outcome, executed }) => ({
      permission,
      effect,
      approval_outcome,
      executed,
    }),
  );
const surface = async (agent: string) =>
  (await server.rows<SurfaceRow>(`/api/v1/agents/${agent}/surface`)).map(
    ({ permission, granted, uses, denials }) => ({ permission, granted, uses, denials }),
  );

describe.skipIf(!possible).each(VERSIONS)('the AI SDK $name', (version) => {
  let ai: Ai;
  let test: AiTest;
  beforeAll(async () => {
    ai = await load<Ai>(version.ai);
    test = await load<AiTest>(version.test);
  });

  /** A model of the SDK's own tests: it calls these tools at once and then says that it is done. */
  const scripted = (calls: readonly string[], id?: string) => {
    let step = 0;
    const answer = () => {
      step += 1;
      const content =
        step > 1 || calls.length === 0
          ? [{ type: 'text' as const, text: 'done' }]
          : calls.map((toolName) => ({
              type: 'tool-call' as const,
              toolCallId: id ?? `${toolName}-${randomUUID()}`,
              toolName,
              input: '{"text":"a secret letter"}',
            }));
      const unified = step > 1 ? ('stop' as const) : ('tool-calls' as const);
      return { content, finishReason: { unified, raw: unified }, usage: USAGE, warnings: [] };
    };
    const Model = version.name === '7' ? test.MockLanguageModelV4 : test.MockLanguageModelV3;
    return new Model({
      modelId: 'scripted-1',
      doGenerate: () => Promise.resolve(answer() as never),
    }) as InstanceType<AiTest['MockLanguageModelV4']>;
  };
  const input = () => ({
    inputSchema: ai.jsonSchema<{ text: string }>({
      type: 'object',
      properties: { text: { type: 'string' } },
    }),
  });
  const tools = () => ({
    read: ai.tool({ ...input(), execute: ({ text }) => Promise.resolve(`read ${text}`) }),
    send: ai.tool({
      ...input(),
      needsApproval: () => Promise.resolve(true),
      execute: () => Promise.resolve('sent'),
    }),
    wipe: ai.tool({ ...input(), needsApproval: true, execute: () => Promise.resolve('wiped') }),
    fail: ai.tool({
      ...input(),
      execute: (): Promise<string> =>
        Promise.reject(Object.assign(new Error('forbidden'), { status: 403 })),
    }),
  });
  const about = (name: string) => ({
    agent: `${name}-${version.name}`,
    session: `s-${name}-${version.name}`,
  });
  const stopWhen = () => ai.stepCountIs(3);
  const asks = (content: readonly { type: string }[]) =>
    content
      .filter((part) => part.type === 'tool-approval-request')
      .map((part) => (part as unknown as { approvalId: string }).approvalId);
  /** The conversation with a person's answers to what was asked, in the order of the asking. */
  const answered = (before: Messages, ids: readonly string[], given: readonly boolean[]) => {
    const content = ids.map((approvalId, at) => ({
      type: 'tool-approval-response' as const,
      approvalId,
      approved: given[at] === true,
    }));
    const go = { role: 'user' as const, content: 'go' };
    return [go, ...before, { role: 'tool' as const, content }];
  };

  it('tells what is offered and what is executed, and a call that is refused inside as a denial', async () => {
    const { agent, session } = about('ai-uses');
    const settings = { model: scripted(['read', 'fail']), tools: tools(), prompt: 'go' };
    const result = await task({ agent, session }, () =>
      ai.generateText(aiSdk({ ...settings, stopWhen: stopWhen() })),
    );
    expect(result.text).toBe('done');
    const spans = recorder.take();
    expect(named(spans, 'chat scripted-1').map(offeredBy)).toEqual(
      [1, 2].map(() =>
        ['read', 'send', 'wipe', 'fail'].map((name) => ({ type: 'function', name })),
      ),
    );
    expect(named(spans, 'execute_tool read').map(told)).toMatchObject([
      { 'gen_ai.agent.name': agent, 'footprint.permission': 'tool:read' },
    ]);
    expect(JSON.stringify(spans.map((span) => span.attributes))).not.toContain('secret letter');
    await send(server.url, spans);
    await expect
      .poll(() => surface(agent), SETTLED)
      .toEqual(
        expect.arrayContaining([
          { permission: 'tool:read', granted: true, uses: 1, denials: 0 },
          { permission: 'tool:send', granted: true, uses: 0, denials: 0 },
          { permission: 'tool:fail', granted: true, uses: 0, denials: 1 },
        ]),
      );
  });

  it('tells a call that waits for approval, and both answers to it', async () => {
    const { agent, session } = about('ai-approves');
    const first = { model: scripted(['send', 'wipe']), tools: tools(), prompt: 'go' };
    await task({ agent, session }, async () => {
      const asked = await ai.generateText(aiSdk(first));
      const messages = answered(asked.response.messages, asks(asked.content), [true, false]);
      const again = { model: scripted([]), tools: tools() };
      await ai.generateText(aiSdk({ ...again, messages }));
    });
    const spans = recorder.take();
    expect(spans.filter(({ name }) => name.startsWith('authorize '))).toHaveLength(2);
    expect(named(spans, 'execute_tool send')).toHaveLength(1);
    expect(named(spans, 'execute_tool wipe')).toHaveLength(0);
    await send(server.url, spans);
    await expect.poll(() => decisions(agent), SETTLED).toHaveLength(2);
    await expect
      .poll(() => decisions(agent), SETTLED)
      .toEqual(
        expect.arrayContaining([
          {
            permission: 'tool:send',
            effect: 'require_approval',
            approval_outcome: 'approved',
            executed: true,
          },
          {
            permission: 'tool:wipe',
            effect: 'require_approval',
            approval_outcome: 'denied',
            executed: false,
          },
        ]),
      );
  });

  it('leaves results, errors and settings as they were, with tools that lack what is looked for', async () => {
    expect(aiSdk({ prompt: 'alone' })).toEqual({ prompt: 'alone' });
    const failing = aiSdk({
      model: new (version.name === '7' ? test.MockLanguageModelV4 : test.MockLanguageModelV3)({
        doGenerate: () => Promise.reject(new Error('the model is away')),
      }) as InstanceType<AiTest['MockLanguageModelV4']>,
      prompt: 'go',
      maxRetries: 0,
    });
    await expect(ai.generateText(failing)).rejects.toThrow('the model is away');
    const [span] = recorder.take();
    expect(told(span)).toMatchObject({ 'error.type': 'Error', 'gen_ai.tool.definitions': '[]' });
  });

  it('tells answers that another process is given, and calls of one id in two sessions apart', async () => {
    const { agent, session } = about('ai-later');
    vi.resetModules();
    // A second copy of the module remembers nothing of the first, like another process.
    const other = await import('../../../collector/integrations/ai-sdk.ts');
    expect(other.aiSdk).not.toBe(aiSdk);
    const converse = (given: boolean) => async () => {
      const first = { model: scripted(['send'], 'same-id'), tools: tools(), prompt: 'go' };
      const asked = await ai.generateText(aiSdk(first));
      const messages = answered(asked.response.messages, asks(asked.content), [given]);
      await ai.generateText(other.aiSdk({ model: scripted([]), tools: tools(), messages }));
    };
    await Promise.all([
      task({ agent, session: `${session}-a` }, converse(true)),
      task({ agent, session: `${session}-b` }, converse(false)),
    ]);
    const spans = recorder.take();
    expect(spans.filter(({ name }) => name.startsWith('authorize '))).toHaveLength(2);
    await send(server.url, spans);
    const outcomes = async () =>
      (await server.rows<DecisionRow>(`/api/v1/decisions?agent=${agent}`))
        .map((row) => `${row.session.slice(-1)} ${row.approval_outcome} ${row.executed}`)
        .sort();
    await expect.poll(outcomes, SETTLED).toEqual(['a approved true', 'b denied false']);
  });

  it('tells what is streamed as well', async () => {
    const model = scripted(['read']);
    const doStream = async (...args: Parameters<typeof model.doGenerate>) => {
      const { content, finishReason, usage } = await model.doGenerate(...args);
      const end = { type: 'finish', finishReason, usage };
      const parts = content.some((part) => part.type === 'tool-call') ? content : [];
      return { stream: ai.simulateReadableStream({ chunks: [...parts, end] }) };
    };
    const settings = { model: Object.assign(model, { doStream }), tools: tools(), prompt: 'go' };
    const result = ai.streamText(aiSdk({ ...settings, stopWhen: stopWhen() } as typeof settings));
    expect((await result.steps).length).toBe(2);
    const spans = recorder.take();
    expect(named(spans, 'chat scripted-1')).toHaveLength(2);
    expect(named(spans, 'execute_tool read')).toHaveLength(1);
  });
});

describe.skipIf(!possible)("the AI SDK's own rules and telemetry", () => {
  it('tells an automatic refusal as a deny, and an automatic approval as an allow', async () => {
    const ai = await load<Ai>('node_modules/ai/dist/index.js');
    const { MockLanguageModelV4 } = await load<AiTest>('node_modules/ai/dist/test/index.js');
    let step = 0;
    const model = new MockLanguageModelV4({
      modelId: 'scripted-1',
      doGenerate: () => {
        step += 1;
        const calls = ['read', 'send', 'wipe'].map((toolName) => ({
          type: 'tool-call' as const,
          toolCallId: `${toolName}-1`,
          toolName,
          input: '{}',
        }));
        const content = step > 1 ? [{ type: 'text' as const, text: 'done' }] : calls;
        const unified = step > 1 ? ('stop' as const) : ('tool-calls' as const);
        const rest = { finishReason: { unified, raw: unified }, usage: USAGE, warnings: [] };
        return Promise.resolve({ content, ...rest } as never);
      },
    });
    const inputSchema = ai.jsonSchema<object>({ type: 'object' });
    const make = () => ai.tool({ inputSchema, execute: () => Promise.resolve('done') });
    const { OpenTelemetry } = await load<Otel>('node_modules/@ai-sdk/otel/dist/index.js');
    const settings = {
      model,
      tools: { read: make(), send: make(), wipe: make() },
      prompt: 'go',
      stopWhen: ai.stepCountIs(3),
      toolApproval: { send: 'approved' as const, wipe: () => Promise.resolve('denied' as const) },
      telemetry: { isEnabled: true, integrations: new OpenTelemetry(), recordInputs: false },
    };
    await task({ agent: 'ai-rules', session: 's-rules' }, () => ai.generateText(aiSdk(settings)));
    const spans = recorder.take();
    expect(named(spans, 'execute_tool read')).toHaveLength(1);
    expect(named(spans, 'chat scripted-1')).toHaveLength(2);
    expect(spans.filter((span) => span.attributes['gen_ai.tool.definitions'])).toHaveLength(2);
    await send(server.url, spans);
    await expect
      .poll(() => decisions('ai-rules'), SETTLED)
      .toEqual(
        expect.arrayContaining([
          { permission: 'tool:send', effect: 'allow', approval_outcome: null, executed: true },
          { permission: 'tool:wipe', effect: 'deny', approval_outcome: null, executed: false },
        ]),
      );
    await expect
      .poll(() => surface('ai-rules'), SETTLED)
      .toEqual(
        expect.arrayContaining([
          { permission: 'tool:read', granted: true, uses: 1, denials: 0 },
          { permission: 'tool:send', granted: true, uses: 1, denials: 0 },
          { permission: 'tool:wipe', granted: true, uses: 0, denials: 1 },
        ]),
      );
  });
});
