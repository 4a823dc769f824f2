// The OpenAI Agents integration with a scripted model behind the SDK's own interface: turns, interruptions, guardrails.
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { processor, task } from '../../../collector/index.ts';
import { guardrailProcessor, openAiAgents } from '../../../collector/integrations/openai-agents.ts';
import type * as agents from '../../engines/frameworks/node_modules/@openai/agents/dist/index.js';
import type { DecisionRow, SurfaceRow } from '../../../server/api/contract.ts';
import type { RunningServer } from '../../e2e/server.ts';
import { startServer } from '../../e2e/server.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder, told } from '../recorder.ts';
import { has, load, send } from './frameworks.ts';

type Sdk = typeof agents;
type Model = agents.Model;
type Tool = ReturnType<Sdk['tool']>;

const SETTLED = { timeout: 30_000, interval: 250 };
const possible = has('@openai/agents');

let sdk: Sdk;
let server: RunningServer;
let recorder: Recorder;
beforeAll(async () => {
  recorder = startRecorder([processor()]);
  if (!possible) return;
  sdk = await load<Sdk>('node_modules/@openai/agents/dist/index.mjs');
  server = await startServer();
}, 120_000);
afterAll(async () => {
  await recorder.stop();
  if (possible) await server.remove();
});
afterEach(() => void recorder.take());

const named = (spans: ReadableSpan[], name: string) => spans.filter((span) => span.name === name);
/** Asks for these tools at once in its first turn, then says that it is done. */
const scripted = (calls: readonly string[], turns = { done: 0 }): Model => ({
  getResponse: () => {
    turns.done += 1;
    const asks = calls.map((name) => ({
      type: 'function_call' as const,
      callId: `${name}-1`,
      name,
      arguments: '{"text":"a secret letter"}',
      status: 'completed' as const,
    }));
    const says = {
      type: 'message' as const,
      role: 'assistant' as const,
      status: 'completed' as const,
      content: [{ type: 'output_text' as const, text: 'done' }],
    };
    const output = turns.done === 1 ? asks : [says];
    return Promise.resolve({ usage: new sdk.Usage(), output });
  },
  getStreamedResponse: () => {
    throw new Error('not streamed');
  },
});
const parameters = {
  type: 'object',
  properties: { text: { type: 'string' } },
  required: ['text'],
  additionalProperties: false,
} as const;
const make = (name: string, more: object = {}): Tool =>
  sdk.tool({
    name,
    description: name,
    parameters,
    execute: () => Promise.resolve('done'),
    ...more,
  } as never);
const makeTools = (): Tool[] => [
  make('read'),
  make('send', { needsApproval: true }),
  make('wipe', { needsApproval: () => Promise.resolve(true) }),
  make('guarded', {
    inputGuardrails: [
      {
        name: 'no-letters',
        run: () => Promise.resolve({ behavior: { type: 'rejectContent', message: 'no' } }),
      },
    ],
  }),
];
const decisions = async (agent: string) =>
  (await server.rows<DecisionRow>(`/api/v1/decisions?agent=${agent}`))
    .map((row) => `${row.permission} ${row.effect} ${row.approval_outcome} ${row.executed}`)
    .sort();
const surface = async (agent: string) =>
  (await server.rows<SurfaceRow>(`/api/v1/agents/${agent}/surface`)).map(
    ({ permission, granted, uses, denials }) => ({ permission, granted, uses, denials }),
  );

describe.skipIf(!possible)('a runner of OpenAI Agents', () => {
  it('tells the tools of a turn, what is executed, and what a guardrail of a tool rejects', async () => {
    const runner = openAiAgents(new sdk.Runner({ groupId: 's-oa-1', tracingDisabled: true }));
    expect(openAiAgents(runner)).toBeInstanceOf(sdk.Runner);
    const agent = new sdk.Agent({
      name: 'oa-uses',
      model: scripted(['read', 'guarded']),
      tools: makeTools(),
    });
    expect((await runner.run(agent, 'go')).finalOutput).toBe('done');
    const spans = recorder.take();
    expect(named(spans, 'invoke_agent oa-uses')).toHaveLength(1);
    expect(named(spans, 'execute_tool read').map(told)).toMatchObject([
      { 'gen_ai.agent.name': 'oa-uses', 'gen_ai.conversation.id': 's-oa-1' },
    ]);
    expect(named(spans, 'execute_tool guarded')).toHaveLength(0);
    expect(JSON.stringify(spans.map((span) => span.attributes))).not.toContain('secret letter');
    await send(server.url, spans);
    await expect
      .poll(() => surface('oa-uses'), SETTLED)
      .toEqual(
        expect.arrayContaining([
          { permission: 'tool:read', granted: true, uses: 1, denials: 0 },
          { permission: 'tool:send', granted: true, uses: 0, denials: 0 },
          { permission: 'tool:guarded', granted: true, uses: 0, denials: 1 },
        ]),
      );
    expect(await decisions('oa-uses')).toEqual(['tool:guarded deny null false']);
  });

  it('tells interruptions and their answers, in the process that asked and in another', async () => {
    vi.resetModules();
    const other = await import('../../../collector/integrations/openai-agents.ts');
    expect(other.openAiAgents).not.toBe(openAiAgents);
    const converse = async (session: string, resumed: typeof openAiAgents) => {
      const turns = { done: 0 };
      const make = () =>
        new sdk.Agent({
          name: 'assistant',
          model: scripted(['send', 'wipe'], turns),
          tools: makeTools(),
        });
      const [agent, again] = [make(), make()];
      await task({ agent: 'oa-asks', session }, async () => {
        const first = await openAiAgents(new sdk.Runner({ tracingDisabled: true })).run(
          agent,
          'go',
        );
        const state = await sdk.RunState.fromString(again, first.state.toString());
        const [sending, wiping] = state.getInterruptions();
        if (sending !== undefined) state.approve(sending);
        if (wiping !== undefined) state.reject(wiping);
        await resumed(new sdk.Runner({ tracingDisabled: true })).run(again, state);
      });
    };
    await Promise.all([converse('s-oa-2', openAiAgents), converse('s-oa-3', other.openAiAgents)]);
    const spans = recorder.take();
    expect(spans.filter(({ name }) => name.startsWith('authorize '))).toHaveLength(4);
    expect(named(spans, 'execute_tool send')).toHaveLength(2);
    expect(named(spans, 'execute_tool wipe')).toHaveLength(0);
    await send(server.url, spans);
    await expect
      .poll(() => decisions('oa-asks'), SETTLED)
      .toEqual([
        'tool:send require_approval approved true',
        'tool:send require_approval approved true',
        'tool:wipe require_approval denied false',
        'tool:wipe require_approval denied false',
      ]);
  });

  it('tells the guardrails of an agent by a trace processor beside others, and lets errors through', async () => {
    const seen: string[] = [];
    const before = {
      onTraceStart: () => {
        seen.push('trace');
        return Promise.resolve();
      },
      onTraceEnd: () => Promise.resolve(),
      onSpanStart: () => Promise.resolve(),
      onSpanEnd: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
      forceFlush: () => Promise.resolve(),
    };
    sdk.setTracingDisabled(false);
    sdk.setTraceProcessors([before]);
    sdk.addTraceProcessor(guardrailProcessor());
    const guardrail = (name: string, tripwireTriggered: boolean) => ({
      name,
      execute: () => Promise.resolve({ tripwireTriggered, outputInfo: {} }),
    });
    const agent = new sdk.Agent({
      name: 'oa-guarded',
      model: scripted([]),
      inputGuardrails: [guardrail('polite', false), guardrail('no-secrets', true)],
    });
    await expect(openAiAgents(new sdk.Runner()).run(agent, 'go')).rejects.toThrow(
      sdk.InputGuardrailTripwireTriggered,
    );
    expect(seen).toEqual(['trace']);
    const spans = recorder.take();
    expect(spans.filter(({ name }) => name.startsWith('authorize ')).map(told)).toMatchObject(
      [
        ['polite', 'allow'],
        ['no-secrets', 'deny'],
      ].map(([name, effect]) => ({
        'gen_ai.agent.name': 'oa-guarded',
        'footprint.permission': `guardrail:${name}`,
        'footprint.decision.effect': effect,
      })),
    );
  });
});
