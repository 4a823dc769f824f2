// What spans of other makers' governance tell beyond the span: effects, rules, approvals, tokens.
import { describe, expect, it } from 'vitest';
import { createJudge } from '../../server/ingest/judge.ts';
import type { SpanFacts } from '../facts-rows.ts';
import { toFacts, type Told } from '../sql/settle/telemetry.ts';

const one = (name: string, is: Told['is']): SpanFacts => {
  const [facts] = toFacts([{ id: 'a', name, is }]);
  if (facts === undefined) throw new Error('no facts');
  return facts;
};

describe('agent-governance-toolkit', () => {
  it.each([
    ['allow', 'allow'],
    ['warn', 'allow'],
    ['log', 'allow'],
    ['deny', 'deny'],
    ['require_approval', 'require_approval'],
    ['unknown', 'error'],
  ])('that says %s has the effect %s', (action, effect) => {
    const is = { 'agt.policy.action': action, 'agt.policy.rule': 'none' };
    const { decision } = one('agt.policy.evaluate', is);
    expect(decision).toMatchObject({ effect, engine: 'agt', rules: null, logged: false });
  });

  it('names its rule, its policy and, where it is added, the tool', () => {
    const { span, decision } = one('agt.policy.evaluate', {
      'agt.policy.action': 'deny',
      'agt.policy.rule': 'block-pii',
      'agt.policy.name': 'baseline',
      'agt.tool.name': 'export',
    });
    expect(span.permission).toBe('tool:export');
    expect(decision).toMatchObject({ effect: 'deny', rules: ['block-pii'], policy: 'baseline' });
  });

  it.each([
    ['approved', 'approved'],
    ['rejected', 'denied'],
    ['timeout', 'expired'],
    ['unknown', 'pending'],
  ])('tells an approval that is %s as %s, and keeps no name of who gave it', (told, outcome) => {
    const { approval } = one('agt.approval.request', {
      'agt.approval.outcome': told,
      'agt.approval.approver': 'jane@company.example',
    });
    expect(approval).toMatchObject({ outcome, approver: 'p-jane@company.example' });
  });
});

describe('OpenFGA', () => {
  const is = { store_id: 's', object: 'document:d-1', relation: 'reader', user: 'user:anne' };

  it.each([
    [{ allowed: true }, { effect: 'allow', reason: 'permitted', rules: ['document#reader'] }],
    [{ allowed: false }, { effect: 'deny', reason: 'default_deny', rules: null }],
    [{}, { effect: 'error', reason: 'no_answer', rules: null }],
  ])('that answers %j decides', (answer, wanted) => {
    const { span, decision } = one('Check', { ...is, ...answer });
    expect(decision).toMatchObject({
      ...wanted,
      engine: 'openfga',
      policy: 's',
      principal_id: 'user:p-anne',
      logged: true,
    });
    expect(span.agent).toBeNull();
  });
});

describe('Keycloak', () => {
  it('leaves no id of a token or session, and the same fingerprint for the same token', () => {
    const judge = createJudge({ fingerprint: () => `fp_${'0'.repeat(32)}` });
    const id = '5f0c3b7e-2a41-4c55-9c44-0d6a1f1c9b11';
    const says = judge.keyText('kc.token.id');
    expect(judge.textUnder(says, id)).toBe(`fp_${'0'.repeat(32)}*`);
    for (const key of ['kc.token.sid', 'kc.sessionId', 'kc.authenticationSessionId']) {
      expect(judge.textUnder(judge.keyText(key), id)).not.toContain(id);
    }
    const { credential } = one('introspect', {
      'kc.token.id': `fp_${'0'.repeat(32)}*`,
      'kc.token.issuer': 'https://sso.example',
    });
    expect(credential).toMatchObject({ event: 'used', issuer: 'https://sso.example' });
  });
});
