// Facts from spans as real emitters write them, and from spans that are wrong in every way.
import { describe, expect, it } from 'vitest';
import { createFacts, FACT_KEYS } from '../../server/facts/facts.ts';
import { createGroup } from '../../server/model/group.ts';
import { surfaceHash } from '../../server/model/surface.ts';
import { createReader } from '../../server/otlp/reader.ts';
import { readFacts, type SpanFacts } from '../facts-rows.ts';
import { EMITTED } from './facts/emitted.ts';
import { RECEIVED, request, START, toFacts, type Told } from '../sql/settle/telemetry.ts';

const one = (told: Partial<Told>): SpanFacts => {
  const [facts] = toFacts([{ id: 'a', is: {}, ...told }]);
  if (facts === undefined) throw new Error('no facts');
  return facts;
};

const micros = START * 1000;

describe('a span of', () => {
  it.each(EMITTED)('$emitter: $name', ({ name, scope = 'test', is, expect: wanted }) => {
    const { span, surface } = one({ name, scope, is });
    expect({
      ...span,
      offered: surface?.permissions.map(({ permission }) => permission),
    }).toMatchObject(wanted);
  });
});

describe('facts', () => {
  it('keep ids, times, kind, status and resource of a span', () => {
    const { span } = one({
      in: 'p',
      from: 1,
      to: 2.5,
      kind: 3,
      error: true,
      service: 'desk',
      environment: 'production',
      is: { 'user.id': 'ada', 'error.type': 'Timeout' },
    });
    expect(span).toMatchObject({
      trace_id: '00000000000000000000000000000074',
      span_id: '0000000000000061',
      parent_span_id: '0000000000000070',
      started_at: micros + 1e6,
      ended_at: micros + 2.5e6,
      span_kind: 3,
      status_code: 2,
      service: 'desk',
      environment: 'production',
      user_id: 'p-ada',
      error_type: 'Timeout',
      fact: 'other',
      dialect: 'other',
    });
    expect(one({}).span).toMatchObject({ parent_span_id: null, environment: 'default' });
  });

  it('count a span whose clock cannot be right at its end, else when it came, and keep what it told', () => {
    const came = RECEIVED.received_at;
    const ahead = (seconds: number) => came / 1e6 - START / 1000 + seconds;
    const times = (from: number, to: number) => {
      const { started_at, ended_at, told_at } = one({ from, to }).span;
      return { started_at, ended_at, told_at };
    };
    const epoch = -START / 1000;
    const ever = { started_at: came, ended_at: came };
    expect(times(epoch, epoch)).toEqual({ ...ever, told_at: 0 });
    expect(times(epoch, 5)).toEqual({
      started_at: micros + 5e6,
      ended_at: micros + 5e6,
      told_at: 0,
    });
    expect(times(ahead(3601), ahead(3602))).toEqual({ ...ever, told_at: came + 3601e6 });
    expect(times(5, ahead(3601))).toEqual({
      started_at: micros + 5e6,
      ended_at: micros + 5e6,
      told_at: micros + 5e6,
    });
    // A year-old archive, and a clock that is a little ahead.
    for (const from of [ahead(-365 * 86_400), ahead(3599)]) {
      expect(times(from, from)).toEqual({
        started_at: micros + from * 1e6,
        ended_at: micros + from * 1e6,
        told_at: null,
      });
    }
  });

  it('tell of a temporary resource what was made, and what became of it', () => {
    const is = {
      'footprint.temp_resource.id': 'b-1',
      'footprint.temp_resource.type': 'bucket',
      'footprint.temp_resource.expires_at': '2026-03-02T09:00:00Z',
    };
    const made = { resource_type: 'bucket', resource_id: 'b-1', event: 'made', failed: false };
    expect(one({ name: 'acquire bucket', is }).resource).toEqual({
      ...made,
      expires_at: micros + 3600e6,
      outcome: null,
      trigger: null,
    });
    const ended = { 'footprint.cleanup.outcome': 'leaked', 'footprint.cleanup.trigger': 'ttl' };
    expect(
      one({ name: 'cleanup bucket', error: true, is: { ...is, ...ended } }).resource,
    ).toMatchObject({ event: 'cleanup', outcome: 'leaked', trigger: 'ttl', failed: true });
    expect(one({}).resource).toBeNull();
  });

  it('prefer the newest name of what several say', () => {
    const { span } = one({
      is: {
        'langfuse.session.id': 'old',
        'session.id': 'mid',
        'gen_ai.conversation.id': 'new',
        'enduser.id': 'x',
        'user.id': 'y',
        'resource.name': 'r',
        'ai.telemetry.functionId': 'f',
      },
    });
    expect(span).toMatchObject({ session: 'new', user_id: 'p-y', agent: 'f' });
  });

  it('tell of a decision all that the wire names, people under pseudonyms', () => {
    const { span, decision } = one({
      name: 'authorize send',
      is: {
        'footprint.schema': 1,
        'footprint.decision.id': 'd1',
        'footprint.decision.effect': 'require_approval',
        'footprint.decision.cached': true,
        'footprint.decision.reason': 'external',
        'footprint.permission': 'mail:send',
        'footprint.permission.required_scopes': ['mail.send'],
        'footprint.policy.engine': 'cedar',
        'footprint.policy.id': 'p',
        'footprint.policy.version': '7',
        'footprint.policy.rules': ['r1', 'r2'],
        'footprint.principal.id': 'ada',
        'footprint.principal.type': 'user',
        'footprint.delegation.type': 'on_behalf_of',
        'footprint.delegation.chain': ['user:ada', 'agent:clerk'],
        'footprint.resource.type': 'mailbox',
        'footprint.resource.id': 'm-7',
      },
    });
    expect(span).toMatchObject({
      fact: 'decision',
      dialect: 'footprint',
      decision_id: 'd1',
      permission: 'mail:send',
      required_scopes: ['mail.send'],
      resource_type: 'mailbox',
      resource_id: 'm-7',
    });
    expect(decision).toEqual({
      decision_id: 'd1',
      effect: 'require_approval',
      enforcement: null,
      reason: 'external',
      cached: true,
      engine: 'cedar',
      policy: 'p',
      policy_version: '7',
      rules: ['r1', 'r2'],
      principal_id: 'p-ada',
      principal_type: 'user',
      delegation_type: 'on_behalf_of',
      delegation_chain: ['user:p-ada', 'agent:clerk'],
      logged: false,
    });
  });

  it('tell of an approval and take one without an outcome as pending', () => {
    const { span, approval } = one({
      name: 'request_approval send',
      is: {
        'footprint.approval.id': 'a1',
        'footprint.approval.tier': 'dual',
        'footprint.decision.id': 'd1',
        'footprint.approval.requested_at': '2026-03-02T08:00:01.5Z',
      },
    });
    expect(span.fact).toBe('approval');
    expect(approval).toMatchObject({
      approval_id: 'a1',
      decision_id: 'd1',
      tier: 'dual',
      outcome: 'pending',
      requested_at: micros + 1.5e6,
    });
  });

  it('tell of a token its life, and its scopes as a surface', () => {
    const { credential, surface } = one({
      name: 'exchange_credential jwt',
      is: {
        'footprint.credential.fingerprint': 'fp',
        'footprint.credential.type': 'jwt',
        'footprint.credential.issuer': 'as',
        'footprint.credential.scopes': ['b', 'a', 'b'],
        'footprint.credential.expires_at': '2026-03-02T09:00:00.1234567+01:00',
      },
    });
    expect(credential).toMatchObject({
      fingerprint: 'fp',
      event: 'exchanged',
      type: 'jwt',
      expires_at: micros + 123_456,
    });
    const permissions = ['oauth:a', 'oauth:b'].map((permission) => ({
      permission,
      resource_pattern: '*',
      definition: null,
    }));
    expect(surface).toEqual({
      kind: 'token',
      source: 'as',
      source_ref: 'fp',
      part: 1,
      parts: 1,
      permissions,
      surface_hash: surfaceHash(permissions),
    });
    expect(one({ is: { 'footprint.credential.fingerprint': 'fp' } }).credential).toBeNull();
  });

  it('take a snapshot apart and refuse parts that cannot be', () => {
    const snapshot = (part: number, parts: number) =>
      one({
        name: 'surface_snapshot',
        is: {
          'footprint.surface.permissions': ['crm:*|eu/*|x', 'aws:s3:Get', '|y', ''],
          'footprint.surface.source': 'iam',
          'footprint.surface.part': part,
          'footprint.surface.parts': parts,
        },
      }).surface;
    expect(snapshot(2, 3)).toMatchObject({
      kind: 'snapshot',
      source: 'iam',
      part: 2,
      parts: 3,
      permissions: [
        { permission: 'aws:s3:Get', resource_pattern: '*' },
        { permission: 'crm:*', resource_pattern: 'eu/*|x' },
      ],
    });
    expect(snapshot(4, 3)).toBeNull();
    expect(snapshot(1, 1e6)).toBeNull();
  });

  it('know a refused action by its status or error type, and nothing else', () => {
    const tool = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 't' };
    const denied = (is: Told['is']) => one({ is: { ...tool, ...is } }).span.denied;
    expect(denied({ 'http.response.status_code': 403 })).toBe(true);
    expect(denied({ 'error.type': 'botocore.errorfactory.AccessDeniedException' })).toBe(true);
    expect(denied({ 'error.type': 'PERMISSION_DENIED' })).toBe(true);
    expect(denied({ 'http.response.status_code': 401 })).toBe(false);
    expect(denied({ 'error.type': 'TimeoutError' })).toBe(false);
    expect(one({ is: { 'http.response.status_code': 403 } }).span.denied).toBe(false);
  });

  it.each([
    ['ot=th:8', true],
    ['vendor=1, ot=rv:abc;th:c', true],
    ['ot=th:0', false],
    ['not=th:8', false],
    ['', false],
  ])('of the trace state "%s" are sampled: %s', (state, sampled) => {
    expect(one({ state }).span.sampled).toBe(sampled);
  });

  it('take a name of ours only from spans that carry a key of ours', () => {
    expect(one({ name: 'authorize user', is: { 'user.id': 'x' } }).span.fact).toBe('other');
    expect(one({ name: 'cleanup', is: { 'footprint.schema': 1 } }).span.fact).toBe('cleanup');
    expect(one({ name: 'GET', is: { 'footprint.permission': 'crm:read' } }).span).toMatchObject({
      fact: 'action',
      permission: 'crm:read',
      dialect: 'footprint',
    });
  });

  it('ignore values of a wrong type, and cut what is too long between characters', () => {
    const { span, decision } = one({
      is: {
        'gen_ai.agent.name': 7,
        'agent.name': 'fallback',
        'footprint.decision.effect': 'maybe',
        'footprint.decision.cached': 'yes',
        'footprint.policy.rules': 'one',
        'footprint.producer.seq': 1.5,
        'footprint.permission': `${'x'.repeat(1023)}é`,
        'session.id': '',
      },
    });
    expect(span).toMatchObject({
      agent: 'fallback',
      session: null,
      producer_seq: null,
      permission: 'x'.repeat(1023),
    });
    expect(decision).toMatchObject({ effect: 'error', cached: false, rules: ['one'] });
  });

  it.each([
    'not json',
    '[{]',
    '[1]',
    '[{"type":"function"}]',
    '[{"name":""}]',
    '{"function":null}',
    'null',
    '""',
  ])('know no tools from definitions that cannot be read: %s', (text) => {
    expect(one({ is: { 'gen_ai.tool.definitions': text } }).surface).toBeNull();
  });

  it('give one hash to the same tools in any order, and remember texts without mixing them up', () => {
    const offered = (names: readonly string[]) =>
      one({ is: { 'gen_ai.tool.definitions': JSON.stringify(names.map((name) => ({ name }))) } })
        .surface;
    expect(offered(['b', 'a'])?.surface_hash).toBe(offered(['a', 'b'])?.surface_hash);
    const lists = Array.from({ length: 3000 }, (_, i) => [`t${i}`, 'common'.repeat(40)]);
    const told = toFacts(
      [...lists, ...lists].map((names, i) => ({
        id: `${i}`,
        is: { 'gen_ai.tool.definitions': JSON.stringify(names.map((name) => ({ name }))) },
      })),
    );
    for (const [i, { surface }] of told.entries()) {
      expect(surface?.permissions.map(({ permission }) => permission)).toContain(
        `tool:t${i % lists.length}`,
      );
    }
  });

  it('ask for a pseudonym once a person, and decode repeated strings to the same text', () => {
    const asked: string[] = [];
    const facts = createFacts({ pseudonym: (id) => `${asked.push(id)}` });
    const reader = createReader({ keys: FACT_KEYS });
    const spans = Array.from({ length: 50 }, (_, i) => ({
      id: `s${i}`,
      is: { 'user.id': `u${i % 2}`, 'gen_ai.agent.name': `agent é ${i % 3}` },
    }));
    const group = createGroup();
    const received = { workspace: 'w', received_at: 0, attested: true };
    const position = { segment: 1, offset: 56 };
    const { batch } = reader.json(Buffer.from(request(spans)));
    facts(batch, { ...received, position }, group);
    const told = readFacts(group);
    expect(asked).toEqual(['u0', 'u1']);
    expect(told.map(({ span }) => span.agent)).toEqual(
      spans.map(({ is }) => is['gen_ai.agent.name']),
    );
  });

  it('are read from keys of which none is listed twice', () => {
    expect(new Set(FACT_KEYS).size).toBe(FACT_KEYS.length);
  });
});
