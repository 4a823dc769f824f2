// Decisions as spans: every effect, an engine's failure, and what the caller is told to do.
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observeDecision } from '../../collector/authorize.ts';
import { authorize, tool } from '../../collector/index.ts';
import type { Answer, AuthorizationRequest } from '../../collector/index.ts';
import type { Recorder } from './recorder.ts';
import { startRecorder, told } from './recorder.ts';

let recorder: Recorder;
beforeAll(() => {
  recorder = startRecorder();
});
afterAll(() => recorder.stop());

const request: AuthorizationRequest = { permission: 'mail:send', action: 'send' };
const broken = (): never => {
  throw Object.assign(new Error('engine down'), { code: 'ECONNREFUSED' });
};

describe('authorize', () => {
  it('records the whole request and the whole answer', async () => {
    const decision = await authorize(
      {
        permission: 'mail:send',
        resource: { type: 'mailbox', id: 'm-1', owner: 'ada' },
        required_scopes: ['mail.send'],
        principal: { id: 'desk', type: 'agent' },
        delegation: { type: 'on_behalf_of', chain: ['user:ada', 'agent:desk'] },
        credential: 'an-opaque-token',
        tool_call_id: 'c-1',
        remote: true,
      },
      () =>
        Promise.resolve<Answer>({
          effect: 'deny',
          decision_id: 'd-1',
          rules: ['never-mail'],
          reason: 'forbidden',
          cached: true,
          engine: 'cedar',
          policy: { id: 'desk', version: '3' },
        }),
    );
    expect(decision).toEqual({
      decision_id: 'd-1',
      effect: 'deny',
      allowed: false,
      enforcement: 'enforced',
      rules: ['never-mail'],
      reason: 'forbidden',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) as string,
    });
    const [span] = recorder.take();
    expect(span?.name).toBe('authorize mail:send');
    expect(span?.kind).toBe(SpanKind.CLIENT);
    expect(span?.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(told(span)).toEqual({
      'footprint.permission': 'mail:send',
      'footprint.permission.required_scopes': ['mail.send'],
      'footprint.resource.type': 'mailbox',
      'footprint.resource.id': 'm-1',
      'footprint.resource.owner': 'ada',
      'footprint.principal.id': 'desk',
      'footprint.principal.type': 'agent',
      'footprint.delegation.type': 'on_behalf_of',
      'footprint.delegation.chain': ['user:ada', 'agent:desk'],
      'footprint.credential.fingerprint': expect.stringMatching(/^fp_[0-9a-f]{32}$/) as string,
      'gen_ai.tool.call.id': 'c-1',
      'footprint.decision.id': 'd-1',
      'footprint.decision.effect': 'deny',
      'footprint.decision.enforcement': 'enforced',
      'footprint.decision.reason': 'forbidden',
      'footprint.decision.cached': true,
      'footprint.policy.engine': 'cedar',
      'footprint.policy.id': 'desk',
      'footprint.policy.version': '3',
      'footprint.policy.rules': ['never-mail'],
    });
  });

  it.each([
    [{ effect: 'allow' }, {}, true, 'enforced'],
    [{ effect: 'deny' }, {}, false, 'enforced'],
    [{ effect: 'require_approval' }, {}, false, 'enforced'],
    [{ effect: 'not_applicable' }, {}, false, 'enforced'],
    [{ effect: 'deny' }, { enforcement: 'shadow' }, true, 'shadow'],
    [{ effect: 'deny' }, { on_error: 'allow' }, false, 'enforced'],
  ] as const)('answers %j to %j with allowed %s, %s', (answer, options, allowed, enforcement) => {
    const decision = authorize({ ...request, ...options }, () => answer);
    expect(decision).toMatchObject({ effect: answer.effect, allowed, enforcement });
    expect(recorder.take()[0]?.attributes['footprint.decision.enforcement']).toBe(enforcement);
  });

  it.each([
    ['deny', false, 'fail_closed'],
    ['allow', true, 'fail_open'],
    [undefined, false, 'fail_closed'],
  ] as const)('answers a failing engine by on_error %s', async (on_error, allowed, enforcement) => {
    const asked = on_error === undefined ? request : { ...request, on_error };
    const failed = authorize(asked, broken);
    expect(failed).toMatchObject({ effect: 'error', allowed, enforcement });
    expect(failed.error).toBeInstanceOf(Error);
    const rejected = await authorize(asked, () => Promise.resolve().then(broken));
    expect(rejected).toMatchObject({ effect: 'error', allowed, enforcement });
    for (const span of recorder.take()) {
      expect(span.status.code).toBe(SpanStatusCode.ERROR);
      expect(span.attributes['error.type']).toBe('ECONNREFUSED');
    }
  });

  it('names an abort by its name, not by its number of old', async () => {
    const aborted = () => Promise.reject(AbortSignal.abort().reason as Error);
    const decision = await authorize(request, aborted);
    expect(decision).toMatchObject({ effect: 'error', allowed: false });
    expect(recorder.take().map((span) => span.attributes['error.type'])).toEqual(['AbortError']);
  });

  it('takes an answer that is no decision for a failure, never for an allow', () => {
    const answers: unknown[] = [
      undefined,
      null,
      'allow',
      1,
      {},
      { effect: 'yes' },
      { effect: 'error' },
    ];
    for (const answer of answers) {
      const decision = authorize(request, () => answer as Answer);
      expect(decision).toMatchObject({ effect: 'error', allowed: false, error: 'no_answer' });
    }
    expect(recorder.take().map((span) => span.attributes['error.type'])).toEqual(
      answers.map(() => 'no_answer'),
    );
  });

  it('stands beside the action that follows, under the same parent', () => {
    const parent = tool({ name: 'outer' }, () => {
      const decision = authorize(request, () => true);
      tool({ name: 'mail', decision }, () => undefined);
    });
    expect(parent).toBeUndefined();
    const [decision, action, outer] = recorder.take();
    expect(decision?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(action?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  });
});

describe('an observed engine', () => {
  it('keeps its own result, and its decision is recorded and told', async () => {
    const result = { verdict: 'no', rule: 'r-1' };
    let told: unknown;
    const given = observeDecision(
      request,
      () => Promise.resolve(result),
      ({ verdict, rule }) => ({ effect: verdict === 'no' ? 'deny' : 'allow', rules: [rule] }),
      (decision) => (told = decision.effect),
    );
    expect(await given).toBe(result);
    expect(told).toBe('deny');
    expect(recorder.take()[0]?.attributes).toMatchObject({
      'footprint.decision.effect': 'deny',
      'footprint.policy.rules': ['r-1'],
    });
  });

  it('keeps its own errors, and a result that cannot be read is an error and no allow', () => {
    expect(() => observeDecision(request, broken, () => true)).toThrow('engine down');
    const misread = (): never => {
      throw new Error('unexpected shape');
    };
    expect(observeDecision(request, () => 7, misread)).toBe(7);
    expect(recorder.take().map(({ attributes }) => attributes['error.type'])).toEqual([
      'ECONNREFUSED',
      'no_answer',
    ]);
  });
});
