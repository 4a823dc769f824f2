// Cedar's real engine, recorded: every kind of answer, what Cedar skips and cannot evaluate, and that nothing changes.
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tool } from '../../../collector/index.ts';
import type { CedarAnswer } from '../../../collector/integrations/cedar.ts';
import { cedar, decisionOf } from '../../../collector/integrations/cedar.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder, told } from '../recorder.ts';
import { installed, load } from './engines.ts';

interface Uid {
  type: string;
  id: string;
}
interface Call {
  principal: Uid;
  action: Uid;
  resource: Uid | { __entity: Uid };
  context: Record<string, boolean>;
  entities: { uid: Uid; attrs: Record<string, boolean>; parents: Uid[] }[];
}
interface Policies {
  staticPolicies: Record<string, string>;
}
interface Cedar {
  isAuthorized(call: Call & { policies: Policies }): CedarAnswer;
  statefulIsAuthorized(call: Call & { preparsedPolicySetId: string }): CedarAnswer;
  preparsePolicySet(id: string, policies: Policies): { type: string };
  getCedarVersion(): string;
}

const POLICIES = {
  staticPolicies: {
    'read-anything': `permit(principal, action == Action::"calendar:read", resource);`,
    'send-approved': `permit(principal, action == Action::"send", resource) when { context.approved };`,
    'never-delete': `forbid(principal, action == Action::"delete", resource);`,
    'delete-all': `permit(principal, action == Action::"delete", resource);`,
  },
};
const call = (action: string, context: Record<string, boolean> = { approved: false }): Call => ({
  principal: { type: 'Desk::Agent', id: 'a1' },
  action: { type: 'Action', id: action },
  resource: { type: 'Mail', id: 'm-1' },
  context,
  entities: [],
});

let recorder: Recorder;
let engine: Cedar;
let real: Cedar;
beforeAll(() => {
  recorder = startRecorder();
  if (!installed) return;
  real = load<Cedar>('@cedar-policy/cedar-wasm/nodejs');
  real.preparsePolicySet('desk', POLICIES);
  engine = cedar(real, { policy: { version: '7' } });
});
afterAll(() => recorder.stop());
beforeEach(() => void recorder.take());

const asked = (request: Call): CedarAnswer =>
  engine.statefulIsAuthorized({ ...request, preparsedPolicySetId: 'desk' });
const recorded = () => {
  const spans = recorder.take();
  expect(spans).toHaveLength(1);
  return { span: spans[0], attributes: told(spans[0]) };
};

describe.skipIf(!installed)('cedar (skipped where test/engines/policy is not installed)', () => {
  it('records the whole request, the determining policies and the policy set', () => {
    const answer = asked(call('send', { approved: true }));
    const { span, attributes } = recorded();
    expect(span?.name).toBe('authorize Mail:send');
    expect(span?.kind).toBe(SpanKind.INTERNAL);
    expect(attributes).toEqual({
      'footprint.permission': 'Mail:send',
      'footprint.principal.id': 'a1',
      'footprint.principal.type': 'agent',
      'footprint.resource.type': 'Mail',
      'footprint.resource.id': 'm-1',
      'footprint.policy.engine': 'cedar',
      'footprint.policy.id': 'desk',
      'footprint.policy.version': '7',
      'footprint.policy.rules': ['send-approved'],
      'footprint.decision.id': decisionOf(answer)?.decision_id,
      'footprint.decision.effect': 'allow',
      'footprint.decision.enforcement': 'enforced',
      'footprint.decision.reason': 'permitted',
    });
  });

  it.each([
    ['calendar:read', 'allow', ['read-anything'], 'permitted'],
    ['send', 'deny', [], 'default_deny'],
    ['delete', 'deny', ['never-delete'], 'forbidden'],
    ['unknown', 'deny', [], 'default_deny'],
  ])('records %s as %s', (action, effect, rules, reason) => {
    asked(call(action));
    expect(recorded().attributes).toMatchObject({
      'footprint.permission': action.includes(':') ? action : `Mail:${action}`,
      'footprint.decision.effect': effect,
      'footprint.policy.rules': rules,
      'footprint.decision.reason': reason,
    });
  });

  it('names the policies that failed and were skipped, which makes a quiet deny', () => {
    expect(asked(call('send', {}))).toMatchObject({ response: { decision: 'deny' } });
    const { span, attributes } = recorded();
    expect(attributes).toMatchObject({
      'footprint.decision.effect': 'deny',
      'footprint.decision.reason': 'default_deny; skipped send-approved',
    });
    expect(span?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('records what Cedar cannot evaluate as an error, and gives Cedar’s own answer', () => {
    const broken = { staticPolicies: { typo: 'permit(principal, action' } };
    const given = engine.isAuthorized({ ...call('send'), policies: broken });
    expect(given).toEqual(real.isAuthorized({ ...call('send'), policies: broken }));
    expect(given.type).toBe('failure');
    const { span, attributes } = recorded();
    expect(attributes).toMatchObject({
      'footprint.decision.effect': 'error',
      'footprint.decision.enforcement': 'fail_closed',
    });
    expect(span?.status.code).toBe(SpanStatusCode.ERROR);
  });

  it('answers bad input as Cedar does, and records it as an error', () => {
    const nothing = undefined as unknown as Call & { policies: Policies };
    const outcome = (one: Cedar): unknown => {
      try {
        return one.isAuthorized(nothing);
      } catch (error) {
        return String(error);
      }
    };
    expect(outcome(engine)).toEqual(outcome(real));
    expect(recorded().attributes).toMatchObject({
      'footprint.permission': 'unknown',
      'footprint.decision.effect': 'error',
    });
  });

  it('reads an entity in its other form, and takes the name of the permission from the application', () => {
    const own = cedar(real, {
      policy: { id: 'desk-rules', version: '8' },
      request: ({ action }) => ({
        permission: `mail:${'id' in action ? action.id : ''}`,
        tool_call_id: 'c-1',
      }),
      answer: (answer) =>
        answer.type === 'success' && answer.response.decision === 'deny'
          ? { effect: 'require_approval' }
          : undefined,
    });
    const resource = { __entity: { type: 'Mail', id: 'm-2' } };
    const answer = own.statefulIsAuthorized({
      ...call('send'),
      resource,
      preparsedPolicySetId: 'desk',
    });
    expect(answer).toMatchObject({ response: { decision: 'deny' } });
    expect(recorded().attributes).toMatchObject({
      'footprint.permission': 'mail:send',
      'footprint.resource.id': 'm-2',
      'footprint.decision.effect': 'require_approval',
      'footprint.policy.id': 'desk-rules',
      'gen_ai.tool.call.id': 'c-1',
    });
  });

  it('pairs the decision with the action that it allowed', () => {
    const decision = decisionOf(asked(call('calendar:read')));
    if (decision === undefined) throw new Error('no decision');
    expect(decision.allowed).toBe(true);
    tool({ name: 'read', permission: 'calendar:read', decision }, () => 'events');
    const [, action] = recorder.take();
    expect(action?.attributes['footprint.decision.id']).toBe(decision.decision_id);
  });

  it('records once however often it is asked to record, and leaves the rest of the module alone', () => {
    const twice = cedar(cedar(engine));
    expect(twice).toBe(engine);
    twice.statefulIsAuthorized({ ...call('send'), preparsedPolicySetId: 'desk' });
    expect(recorder.take()).toHaveLength(1);
    expect(engine.getCedarVersion()).toBe(real.getCedarVersion());
    expect(recorder.take()).toEqual([]);
  });

  it('answers as before where nothing records and where a reading fails, and a frozen engine is recorded too', async () => {
    const failing = cedar(real, {
      request: () => {
        throw new Error('mine');
      },
      answer: () => {
        throw new Error('mine');
      },
    });
    const plain = { ...call('delete'), preparsedPolicySetId: 'desk' };
    expect(failing.statefulIsAuthorized(plain)).toEqual(real.statefulIsAuthorized(plain));
    expect(recorded().attributes).toMatchObject({ 'footprint.decision.effect': 'deny' });
    const frozen = cedar(Object.freeze({ ...real }));
    expect(frozen.statefulIsAuthorized(plain)).toEqual(real.statefulIsAuthorized(plain));
    expect(recorded().attributes).toMatchObject({ 'footprint.decision.effect': 'deny' });
    await recorder.stop();
    expect(asked(call('delete'))).toEqual(real.statefulIsAuthorized(plain));
    recorder = startRecorder();
  });
});
