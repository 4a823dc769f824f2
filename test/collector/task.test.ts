// Tasks and tools as spans: what they say, what is inherited, and that the host's own function is left alone.
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorize, credential, task, tool } from '../../collector/index.ts';
import type { Recorder } from './recorder.ts';
import { startRecorder, told } from './recorder.ts';

let recorder: Recorder;
beforeAll(() => {
  recorder = startRecorder();
});
afterAll(() => recorder.stop());

const DESK = {
  'gen_ai.agent.name': 'desk',
  'gen_ai.conversation.id': 's-1',
  'footprint.session.id': 's-1',
  'footprint.session.task_id': 't-1',
  'footprint.session.goal': 'refund',
  'user.id': 'ada',
};
const desk = { agent: 'desk', session: 's-1', task_id: 't-1', goal: 'refund', user: 'ada' };

describe('a task', () => {
  it('is an invoke_agent span that says who ran for whom', async () => {
    const options = {
      ...desk,
      version: '2',
      identity: { id: 'spiffe://a', type: 'workload' as const },
    };
    expect(await task(options, () => Promise.resolve(7))).toBe(7);
    const [span] = recorder.take();
    expect(span?.name).toBe('invoke_agent desk');
    expect(told(span)).toEqual({
      ...DESK,
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.version': '2',
      'footprint.agent.identity.id': 'spiffe://a',
      'footprint.agent.identity.type': 'workload',
    });
  });

  it('gives everything inside its agent and session, through awaits as well', async () => {
    await task(desk, async () => {
      await Promise.resolve();
      await tool({ name: 'read' }, () => Promise.resolve());
    });
    const [inner, outer] = recorder.take();
    expect(told(inner)).toEqual({
      ...DESK,
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'read',
      'footprint.permission': 'tool:read',
    });
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  });

  it('inside a task is a sub-agent of it', () => {
    task(desk, () => task({ agent: 'helper' }, () => undefined));
    expect(told(recorder.take()[0])).toMatchObject({
      'gen_ai.agent.name': 'helper',
      'footprint.agent.parent': 'desk',
      'footprint.session.id': 's-1',
    });
  });

  it('invents no session', () => {
    task({ agent: 'desk' }, () => undefined);
    expect(Object.keys(told(recorder.take()[0])).sort()).toEqual([
      'gen_ai.agent.name',
      'gen_ai.operation.name',
    ]);
  });

  it('throws what the function throws and says what kind of error it was', async () => {
    const thrown = Object.assign(new Error('secret detail'), { code: 'ECONNRESET' });
    expect(() =>
      task(desk, () => {
        throw thrown;
      }),
    ).toThrow(thrown);
    await expect(task(desk, () => Promise.reject(thrown))).rejects.toBe(thrown);
    const spans = recorder.take();
    expect(spans.map((span) => span.status.code)).toEqual([
      SpanStatusCode.ERROR,
      SpanStatusCode.ERROR,
    ]);
    expect(spans.map((span) => span.attributes['error.type'])).toEqual([
      'ECONNRESET',
      'ECONNRESET',
    ]);
    expect(JSON.stringify(spans.map(told))).not.toContain('secret detail');
  });
});

describe('a tool', () => {
  it('is stamped with its decision, credential, resource and scopes', () => {
    const token = credential.issued('opaque-token-of-the-desk', { type: 'oauth_access_token' });
    const decision = authorize({ permission: 'calendar:read' }, () => true);
    const options = {
      name: 'list_events',
      permission: 'calendar:read',
      resource: { type: 'calendar', id: 'cal-7', owner: 'ada' },
      required_scopes: ['calendar.read'],
      call_id: 'c-1',
      decision,
      credential: token,
    };
    expect(tool(options, () => ['event'])).toEqual(['event']);
    expect(told(recorder.take()[2])).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'list_events',
      'gen_ai.tool.call.id': 'c-1',
      'footprint.permission': 'calendar:read',
      'footprint.permission.required_scopes': ['calendar.read'],
      'footprint.resource.type': 'calendar',
      'footprint.resource.id': 'cal-7',
      'footprint.resource.owner': 'ada',
      'footprint.decision.id': decision.decision_id,
      'footprint.credential.fingerprint': token.fingerprint,
    });
  });

  it('is one span where a framework opened one for the same call already', async () => {
    const tracer = trace.getTracer('framework');
    const attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'read' };
    await tracer.startActiveSpan('execute_tool read', { attributes }, async (span) => {
      const decision = authorize({ permission: 'tool:read' }, () => ({ effect: 'allow' }));
      await tool({ name: 'read', decision }, () => Promise.resolve('done'));
      span.end();
    });
    const spans = recorder.take();
    expect(spans.map((span) => span.name)).toEqual(['authorize tool:read', 'execute_tool read']);
    expect(spans[1]?.attributes['footprint.decision.id']).toBe(
      spans[0]?.attributes['footprint.decision.id'],
    );
  });

  it('inside a tool of ours is a use of its own, and its decision is not the outer one’s', () => {
    const outer = authorize({ permission: 'tool:read' }, () => true);
    tool({ name: 'read', decision: outer }, () => {
      authorize({ permission: 'mail:send' }, () => false);
      tool({ name: 'read' }, () => undefined);
    });
    const spans = recorder.take();
    expect(spans.map((span) => span.name)).toEqual([
      'authorize tool:read',
      'authorize mail:send',
      'execute_tool read',
      'execute_tool read',
    ]);
    expect(spans[2]?.attributes['footprint.decision.id']).toBeUndefined();
    expect(spans[3]?.attributes['footprint.decision.id']).toBe(outer.decision_id);
  });

  it('that was denied inside a framework’s span leaves the decision on that span', () => {
    const tracer = trace.getTracer('framework');
    const attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'drop' };
    tracer.startActiveSpan('execute_tool drop', { attributes }, (span) => {
      expect(authorize({ permission: 'tool:drop' }, () => false).allowed).toBe(false);
      span.end();
    });
    const [decision, action] = recorder.take();
    expect(action?.attributes['footprint.decision.id']).toBe(
      decision?.attributes['footprint.decision.id'],
    );
  });

  it.each([
    [
      'an MCP refusal in band',
      { isError: true, content: [{ text: 'Access denied - path outside' }] },
      'permission_denied',
    ],
    ['an MCP error in band', { isError: true, content: [{ text: 'no such file' }] }, 'tool_error'],
    ['an MCP error without content', { isError: true }, 'tool_error'],
    ['a result', { content: [{ text: 'Access denied is the title of this book' }] }, undefined],
  ])('tells %s', (_what, result, type) => {
    expect(tool({ name: 'read' }, () => result)).toBe(result);
    expect(recorder.take()[0]?.attributes['error.type']).toBe(type);
  });

  it.each([
    [{ code: 'EACCES' }, 'permission_denied'],
    [{ status: 403 }, 'permission_denied'],
    [{ statusCode: 403 }, 'permission_denied'],
    [{ error: 'insufficient_scope' }, 'permission_denied'],
    [{ status: 500, code: 'ERR_SERVER' }, 'ERR_SERVER'],
    [{}, 'Error'],
  ])('that throws %j has error.type %s', (fields, type) => {
    const error = Object.assign(new Error('it failed'), fields);
    expect(() =>
      tool({ name: 'read' }, () => {
        throw error;
      }),
    ).toThrow(error);
    expect(recorder.take()[0]?.attributes['error.type']).toBe(type);
  });
});
