// OPA, recorded: a real server by its Data API, and a policy that a real OPA compiled, evaluated in this process.
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpaClient } from '../../../collector/integrations/opa.ts';
import { decisionOf, opa, opaWasm } from '../../../collector/integrations/opa.ts';
import { command } from '../packed.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder, told } from '../recorder.ts';
import { findBinary, freePort, installed, load, POLICY } from './engines.ts';
import type { PolicyServer } from './servers.ts';
import { startOpa } from './servers.ts';

const binary = findBinary('opa');

interface Loaded {
  evaluate(input: unknown, entrypoint?: number | string): { result: unknown }[];
  setData(data: unknown): void;
}
interface Wasm {
  loadPolicySync(wasm: Buffer): Loaded;
}

const input = (action: string, approved = false) => ({
  subject: { type: 'agent', id: 'a1' },
  action: { name: action },
  resource: { type: 'mail', id: 'm-1' },
  context: { approved },
});
const CASES = [
  ['read', false, 'allow', ['read-anything'], 'permitted'],
  ['send', true, 'allow', ['send-approved'], 'permitted'],
  ['send', false, 'deny', [], 'default_deny'],
  ['delete', true, 'deny', ['never-delete'], 'forbidden'],
] as const;

let recorder: Recorder;
beforeAll(() => {
  recorder = startRecorder();
});
afterAll(() => recorder.stop());
beforeEach(() => void recorder.take());
const recorded = (): Record<string, unknown>[] => recorder.take().map(told);

describe.skipIf(binary === undefined)('an OPA server (skipped where no opa was built)', () => {
  let server: PolicyServer;
  let ask: OpaClient;
  beforeAll(async () => {
    server = await startOpa(binary ?? '');
    ask = opa(server.url, { path: '/authz/decision' });
  }, 60_000);
  afterAll(() => server.stop());

  it('is asked for a decision, recorded with its path, its bundle’s revision and its own id', async () => {
    const decision = await ask(input('read'), { tool_call_id: 'c-1' });
    expect(decision).toMatchObject({
      effect: 'allow',
      allowed: true,
      result: { allow: true, rules: ['read-anything'], reason: 'permitted' },
    });
    const spans = recorder.take();
    expect(spans.map(({ name, kind }) => ({ name, kind }))).toEqual([
      { name: 'authorize mail:read', kind: SpanKind.CLIENT },
    ]);
    expect(told(spans[0])).toEqual({
      'footprint.permission': 'mail:read',
      'footprint.principal.id': 'a1',
      'footprint.principal.type': 'agent',
      'footprint.resource.type': 'mail',
      'footprint.resource.id': 'm-1',
      'gen_ai.tool.call.id': 'c-1',
      'footprint.policy.engine': 'opa',
      'footprint.policy.id': 'authz/decision',
      'footprint.policy.version': 'desk-7',
      'footprint.policy.rules': ['read-anything'],
      'footprint.decision.id': decision.decision_id,
      'footprint.decision.effect': 'allow',
      'footprint.decision.enforcement': 'enforced',
      'footprint.decision.reason': 'permitted',
    });
    const log = (): string => server.said();
    await expect
      .poll(log, { timeout: 10_000 })
      .toContain(`"decision_id":"${decision.decision_id}"`);
  });

  it.each(CASES)(
    'answers %s (approved: %s) with %s',
    async (action, approved, effect, rules, reason) => {
      const decision = await ask(input(action, approved));
      expect(decision).toMatchObject({ effect, rules, reason, allowed: effect === 'allow' });
      expect(recorded()).toMatchObject([
        { 'footprint.decision.effect': effect, 'footprint.decision.reason': reason },
      ]);
    },
  );

  it('reads a rule that is a boolean, and one without a value as not applicable', async () => {
    const allow = opa(server.url, { path: 'authz/allow' });
    expect(await allow(input('read'))).toMatchObject({ effect: 'allow', reason: 'permitted' });
    expect(await allow(input('delete'))).toMatchObject({
      effect: 'not_applicable',
      allowed: false,
      reason: 'undefined',
    });
    expect(await opa(server.url, { path: 'no/such' })(input('read'))).toMatchObject({
      effect: 'not_applicable',
      allowed: false,
    });
  });

  it('takes no allow from a result that is no decision, unless the application reads it', async () => {
    const rules = opa(server.url, { path: 'authz/rules' });
    expect(await rules(input('read'))).toMatchObject({ effect: 'error', allowed: false });
    const own = opa(server.url, {
      path: 'authz/rules',
      answer: (result) => ({
        effect: Array.isArray(result) && result.length > 0 ? 'allow' : 'deny',
      }),
    });
    expect(await own(input('read'))).toMatchObject({ effect: 'allow', allowed: true });
    expect(await own(input('delete'))).toMatchObject({ effect: 'deny', allowed: false });
    expect(recorded()).toHaveLength(3);
  });

  it('keeps decisions apart that are asked for at once', async () => {
    const decisions = await Promise.all(
      Array.from({ length: 20 }, (_, index) => ask(input(index % 2 === 0 ? 'read' : 'delete'))),
    );
    expect(decisions.map(({ allowed }) => allowed)).toEqual(
      decisions.map((_, index) => index % 2 === 0),
    );
    expect(new Set(recorded().map((one) => one['footprint.decision.id'])).size).toBe(20);
  });
});

describe('an OPA server that is away', () => {
  it('fails closed, or open where the application says so, and the cause is told', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const ask = opa(url, { path: 'authz/decision' });
    expect(await ask(input('read'))).toMatchObject({ effect: 'error', allowed: false });
    expect(await ask(input('read'), { on_error: 'allow' })).toMatchObject({
      effect: 'error',
      allowed: true,
      enforcement: 'fail_open',
    });
    const spans = recorder.take();
    expect(spans.map((span) => span.attributes['error.type'])).toEqual([
      'ECONNREFUSED',
      'ECONNREFUSED',
    ]);
    expect(spans[0]?.status.code).toBe(SpanStatusCode.ERROR);
  });
});

describe.skipIf(!installed)('a compiled policy (skipped where opa-wasm is not installed)', () => {
  let real: Loaded;
  let policy: Loaded;
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'footprint-wasm-'));
    command('tar', ['-xzf', join(POLICY, 'opa/bundle.tar.gz'), '-C', folder], folder);
    const wasm = readFileSync(join(folder, 'policy.wasm'));
    rmSync(folder, { recursive: true, force: true });
    real = load<Wasm>('@open-policy-agent/opa-wasm').loadPolicySync(wasm);
    policy = opaWasm(real, { policy: { version: 'desk-7' } });
  });

  it.each(CASES)('answers %s (approved: %s) with %s', (action, approved, effect, rules, reason) => {
    const results = policy.evaluate(input(action, approved), 'authz/decision');
    expect(results).toEqual(real.evaluate(input(action, approved), 'authz/decision'));
    const [span] = recorder.take();
    expect(span?.kind).toBe(SpanKind.INTERNAL);
    expect(told(span)).toMatchObject({
      'footprint.permission': `mail:${action}`,
      'footprint.policy.id': 'authz/decision',
      'footprint.policy.version': 'desk-7',
      'footprint.policy.rules': rules,
      'footprint.decision.effect': effect,
      'footprint.decision.reason': reason,
      'footprint.decision.id': decisionOf(results)?.decision_id,
    });
  });

  it('names the entrypoint that is taken where none is given', () => {
    policy.evaluate(input('read'));
    policy.evaluate(input('read'), 1);
    const taken = recorded().map((one) => one['footprint.policy.id']);
    expect(taken.sort()).toEqual(['authz/allow', 'authz/decision']);
  });

  it('records a policy without a value as not applicable', () => {
    expect(policy.evaluate({}, 'authz/decision')).toEqual([]);
    expect(recorded()).toMatchObject([
      { 'footprint.permission': 'unknown', 'footprint.decision.effect': 'not_applicable' },
    ]);
  });

  it('records a failure as an error and throws the evaluator’s own', () => {
    expect(() => policy.evaluate(input('read'), 'no/such')).toThrow();
    expect(recorded()).toMatchObject([{ 'footprint.decision.effect': 'error' }]);
    policy.setData({});
    expect(recorder.take()).toEqual([]);
  });
});
