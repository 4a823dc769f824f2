// casbin's real enforcer, recorded: the matched rule, every form of asking, models with domains, and failures.
import { SpanStatusCode } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { casbin, decisionOf } from '../../../collector/integrations/casbin.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder, told } from '../recorder.ts';
import { installed, load } from './engines.ts';

interface Enforcer {
  enforce(...values: unknown[]): Promise<boolean>;
  enforceSync(...values: unknown[]): boolean;
  enforceEx(...values: unknown[]): Promise<[boolean, string[]]>;
  enforceExSync(...values: unknown[]): [boolean, string[]];
  enforceExWithMatcher(matcher: string, ...values: unknown[]): Promise<[boolean, string[]]>;
  batchEnforce(requests: unknown[][]): Promise<boolean[]>;
  getAllSubjects(): Promise<string[]>;
}
interface Casbin {
  newEnforcer(model: unknown, adapter?: unknown): Promise<Enforcer>;
  newCachedEnforcer(model: unknown, adapter: unknown): Promise<Enforcer>;
  newModelFromString(text: string): unknown;
  newEnforceContext(index: string): unknown;
  StringAdapter: new (text: string) => unknown;
}

const MODEL = `[request_definition]
r = sub, obj, act
r2 = act, sub, obj
[policy_definition]
p = sub, obj, act, eft
p2 = sub, obj, act, eft
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
e2 = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && keyMatch(r.obj, p.obj) && r.act == p.act
m2 = r2.sub == p2.sub && r2.obj == p2.obj && r2.act == p2.act`;
const RULES = `p, agent, calendar/*, read, allow
p, agent, mail/*, send, deny
p2, a1, notes, write, allow
g, a1, agent`;
const TENANTS = `[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act
[policy_effect]
e = !some(where (p.eft == deny))
[matchers]
m = r.sub.id == p.sub && r.dom == p.dom && r.obj == p.obj && r.act == p.act`;

let recorder: Recorder;
let library: Casbin;
let real: Enforcer;
let enforcer: Enforcer;
beforeAll(async () => {
  recorder = startRecorder();
  if (!installed) return;
  library = load<Casbin>('casbin');
  real = await library.newEnforcer(
    library.newModelFromString(MODEL),
    new library.StringAdapter(RULES),
  );
  enforcer = casbin(real, { policy: { id: 'desk', version: '3' } });
});
afterAll(() => recorder.stop());
beforeEach(() => void recorder.take());

const recorded = (): Record<string, unknown>[] => recorder.take().map(told);

describe.skipIf(!installed)('casbin (skipped where test/engines/policy is not installed)', () => {
  it('records the matched rule, and its decision can be given to the action', async () => {
    const result = await enforcer.enforceEx('a1', 'calendar/c-1', 'read');
    expect(result).toEqual([true, ['agent', 'calendar/*', 'read', 'allow']]);
    expect(recorded()).toEqual([
      {
        'footprint.permission': 'calendar:read',
        'footprint.principal.id': 'a1',
        'footprint.resource.id': 'calendar/c-1',
        'footprint.policy.engine': 'casbin',
        'footprint.policy.id': 'desk',
        'footprint.policy.version': '3',
        'footprint.policy.rules': ['agent, calendar/*, read, allow'],
        'footprint.decision.id': decisionOf(result)?.decision_id,
        'footprint.decision.effect': 'allow',
        'footprint.decision.enforcement': 'enforced',
        'footprint.decision.reason': 'permitted',
      },
    ]);
  });

  it.each([
    [['a1', 'mail/m-1', 'send'], 'forbidden', ['agent, mail/*, send, deny']],
    [['a1', 'calendar/c-1', 'write'], 'default_deny', []],
    [['stranger', 'calendar/c-1', 'read'], 'default_deny', []],
  ])('tells a denial by a rule from one by none: %j is %s', async (values, reason, rules) => {
    await enforcer.enforceEx(...values);
    enforcer.enforceExSync(...values);
    const expected = {
      'footprint.decision.effect': 'deny',
      'footprint.decision.reason': reason,
      'footprint.policy.rules': rules,
    };
    expect(recorded()).toMatchObject([expected, expected]);
  });

  it('records a bare boolean without a rule, once for each request of a batch', async () => {
    expect(await enforcer.enforce('a1', 'calendar/c-1', 'read')).toBe(true);
    expect(enforcer.enforceSync('a1', 'mail/m-1', 'send')).toBe(false);
    expect(recorded()).toMatchObject([
      { 'footprint.decision.effect': 'allow', 'footprint.decision.reason': 'permitted' },
      { 'footprint.decision.effect': 'deny', 'footprint.decision.reason': 'denied' },
    ]);
    const batch = [
      ['a1', 'calendar/c-1', 'read'],
      ['a1', 'db', 'drop'],
    ];
    expect(await enforcer.batchEnforce(batch)).toEqual([true, false]);
    expect(
      recorded()
        .map((one) => String(one['footprint.permission']))
        .sort(),
    ).toEqual(['calendar:read', 'db:drop']);
  });

  it('reads a request by the model’s own definition, with another context or matcher', async () => {
    const context = library.newEnforceContext('2');
    expect((await enforcer.enforceEx(context, 'write', 'a1', 'notes'))[0]).toBe(
      (await real.enforceEx(context, 'write', 'a1', 'notes'))[0],
    );
    await enforcer.enforceExWithMatcher('r.sub == "root"', 'a1', 'notes', 'write');
    expect(recorded()).toMatchObject([
      { 'footprint.permission': 'notes:write', 'footprint.principal.id': 'a1' },
      { 'footprint.permission': 'notes:write', 'footprint.principal.id': 'a1' },
    ]);
  });

  it('knows a model that allows what nothing denies, and subjects that are objects', async () => {
    const tenants = casbin(
      await library.newEnforcer(
        library.newModelFromString(TENANTS),
        new library.StringAdapter('p, other, t-1, notes, read'),
      ),
    );
    expect(await tenants.enforceEx({ id: 'a7' }, 't-1', 'notes', 'notes:read')).toEqual([true, []]);
    expect(recorded()).toMatchObject([
      {
        'footprint.permission': 'notes:read',
        'footprint.principal.id': 'a7',
        'footprint.resource.id': 'notes',
        'footprint.decision.effect': 'allow',
        'footprint.decision.reason': 'default_allow',
        'footprint.policy.rules': [],
      },
    ]);
  });

  it('records a failure as an error and throws casbin’s own', async () => {
    const given = enforcer.enforceEx('a1').catch((error: unknown) => String(error));
    expect(await given).toContain('invalid request size');
    expect(() => enforcer.enforceSync()).toThrow('invalid request size');
    const spans = recorder.take();
    expect(spans.map((span) => span.status.code)).toEqual([
      SpanStatusCode.ERROR,
      SpanStatusCode.ERROR,
    ]);
    expect(spans.map((span) => span.attributes['footprint.decision.effect'])).toEqual([
      'error',
      'error',
    ]);
  });

  it('keeps decisions apart that are asked for at once, and the rest of the enforcer as it is', async () => {
    const asked = Array.from({ length: 50 }, (_, index) => `calendar/c-${index}`);
    await Promise.all(asked.map((object) => enforcer.enforceEx('a1', object, 'read')));
    const spans = recorded();
    expect(spans.map((span) => span['footprint.resource.id']).sort()).toEqual(asked.sort());
    expect(new Set(spans.map((span) => span['footprint.decision.id'])).size).toBe(50);
    expect(await enforcer.getAllSubjects()).toEqual(await real.getAllSubjects());
    expect(recorder.take()).toEqual([]);
  });

  it('records a cached enforcer’s decision each time it is asked', async () => {
    const cached = casbin(
      await library.newCachedEnforcer(
        library.newModelFromString(MODEL),
        new library.StringAdapter(RULES),
      ),
    );
    await cached.enforce('a1', 'calendar/c-1', 'read');
    await cached.enforce('a1', 'calendar/c-1', 'read');
    expect(recorded()).toHaveLength(2);
  });
});
