// The span processor: other libraries' spans get task and number, evidence is counted without gaps, secrets go.
import { SpanKind, trace } from '@opentelemetry/api';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';
import { approval, authorize, processor, surface, task, tool } from '../../collector/index.ts';
import type { Recorder } from './recorder.ts';
import { startRecorder, told } from './recorder.ts';

let recorder: Recorder;
afterEach(() => recorder.stop());

const foreign = (name: string, attributes: Record<string, string> = {}): void => {
  trace.getTracer('framework').startSpan(name, { kind: SpanKind.CLIENT, attributes }).end();
};

describe('the processor', () => {
  it('stamps the task on spans of other libraries and leaves what they say themselves', () => {
    recorder = startRecorder([processor()]);
    task({ agent: 'desk', session: 's-1' }, () => {
      foreign('chat');
      foreign('invoke_agent helper', { 'gen_ai.agent.name': 'helper' });
    });
    foreign('outside');
    const [chat, helper, , outside] = recorder.take();
    expect(told(chat)).toEqual({
      'gen_ai.agent.name': 'desk',
      'gen_ai.conversation.id': 's-1',
      'footprint.session.id': 's-1',
    });
    expect(told(helper)).toMatchObject({
      'gen_ai.agent.name': 'helper',
      'footprint.session.id': 's-1',
    });
    expect(told(outside)).toEqual({});
  });

  it('names the agent of spans outside any task where it is told one', () => {
    recorder = startRecorder([processor({ agent: 'desk' })]);
    foreign('chat');
    authorize({ permission: 'tool:a' }, () => true);
    authorize({ permission: 'tool:a', agent: 'helper' }, () => true);
    const agents = recorder.take().map(({ attributes }) => attributes['gen_ai.agent.name']);
    expect(agents).toEqual(['desk', 'desk', 'helper']);
  });

  it('leaves an answer that comes during another task with the task that asked', () => {
    recorder = startRecorder([processor()]);
    const pending = task({ agent: 'desk', session: 's-1' }, () =>
      approval.requested({ permission: 'mail:send' }),
    );
    recorder.take();
    task({ agent: 'other', session: 's-2', goal: 'chat' }, () => approval.answered(pending, true));
    expect(told(recorder.take()[0])).toMatchObject({
      'gen_ai.agent.name': 'desk',
      'footprint.session.id': 's-1',
    });
  });

  it('numbers evidence in order of its end without gaps, and nothing else', () => {
    recorder = startRecorder([processor()]);
    task({ agent: 'desk' }, () => {
      surface(['tool:a'], { source: 'config' });
      foreign('chat', { 'gen_ai.operation.name': 'chat' });
      foreign('execute_tool a', { 'gen_ai.operation.name': 'execute_tool' });
      foreign('tools/call a', { 'mcp.method.name': 'tools/call' });
      foreign('GET');
      const decision = authorize({ permission: 'tool:a' }, () => true);
      tool({ name: 'a', decision }, () => undefined);
    });
    const spans = recorder.take();
    const numbered = spans.filter((span) => 'footprint.producer.seq' in span.attributes);
    expect(spans.filter((span) => !numbered.includes(span)).map((span) => span.name)).toEqual([
      'chat',
      'GET',
    ]);
    const first = Number(numbered[0]?.attributes['footprint.producer.seq']);
    expect(numbered.map((span) => span.attributes['footprint.producer.seq'])).toEqual(
      numbered.map((_, index) => first + index),
    );
    expect(new Set(numbered.map((span) => span.attributes['footprint.producer.id'])).size).toBe(1);
  });

  it('numbers our own spans where the application’s provider does not have it', () => {
    recorder = startRecorder();
    authorize({ permission: 'tool:a' }, () => false);
    expect(recorder.take()[0]?.attributes['footprint.producer.seq']).toEqual(expect.any(Number));
  });

  it('spends no number on spans that are not sampled', async () => {
    recorder = startRecorder();
    authorize({ permission: 'tool:a' }, () => true);
    const before = Number(recorder.take()[0]?.attributes['footprint.producer.seq']);
    await recorder.stop();
    recorder = startRecorder([processor()], new AlwaysOffSampler());
    expect(authorize({ permission: 'tool:a' }, () => true).allowed).toBe(true);
    await recorder.stop();
    recorder = startRecorder();
    authorize({ permission: 'tool:a' }, () => true);
    expect(recorder.take()[0]?.attributes['footprint.producer.seq']).toBe(before + 1);
  });

  it('takes credentials out of other libraries’ attributes', () => {
    recorder = startRecorder([processor()]);
    foreign('chat', {
      'http.request.header.authorization': 'Bearer abcdefghijklmnop',
      note: 'password=hunter2hunter2 for ada',
      plain: 'nothing to see',
    });
    const attributes = told(recorder.take()[0]);
    expect(JSON.stringify(attributes)).not.toMatch(/abcdefghijklmnop|hunter2/);
    expect(attributes['plain']).toBe('nothing to see');
    expect(attributes['note']).toMatch(/^password=\[fp_[0-9a-f]{32}\] for ada$/);
  });
});
