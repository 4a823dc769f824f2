// The doors of OPA's and Cerbos' logs: what is wrong in every way is refused or named, and nothing of an input is handed on.
import { gzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FACT_KEYS } from '../../server/facts/facts.ts';
import { engineLogRoutes, type EngineLogAnswer } from '../../server/ingest/engine-logs.ts';
import { createReceiver } from '../../server/ingest/receiver.ts';
import type { Submission } from '../../server/model/submission.ts';
import { createReader } from '../../server/otlp/reader.ts';
import { translateCerbos } from '../../server/translate/cerbos.ts';
import { translateOpa } from '../../server/translate/opa.ts';
import { canaries } from './redact-canaries.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const OPA = '/v1/opa/logs';
const CERBOS = '/v1/cerbos/logs';

const open = () => {
  const taken: Submission[] = [];
  const receiver = createReceiver({
    reader: createReader({ keys: FACT_KEYS }),
    clock: () => 1_795_000_000_000,
    submit: (submission) => {
      taken.push(submission);
      return Promise.resolve();
    },
  });
  const app = engineLogRoutes({ receiver, log: silent });
  const post = async (
    path: string,
    body: string | Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    app.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: body as BodyInit,
    });
  const kept = (): string =>
    taken.map(({ body }) => zstdDecompressSync(body).toString('utf8')).join('\n');
  return { post, taken, kept };
};
const told = async (answer: Response): Promise<EngineLogAnswer> =>
  (await answer.json()) as EngineLogAnswer;

const opa = (more: object = {}): object => ({
  decision_id: 'd-1',
  timestamp: '2026-11-01T08:00:00Z',
  path: 'authz/allow',
  result: true,
  input: { action: 'read', resource: { type: 'mail', id: 'm-1' }, subject: 'a1' },
  ...more,
});
const cerbos = (more: object = {}): object => ({
  'log.kind': 'decision',
  callId: 'c-1',
  timestamp: '2026-11-01T08:00:00Z',
  checkResources: {
    inputs: [
      {
        principal: { id: 'a1', roles: ['agent'] },
        resource: { kind: 'mail', id: 'm-1' },
        actions: ['read'],
      },
    ],
    outputs: [{ resourceId: 'm-1', actions: { read: { effect: 'EFFECT_ALLOW' } } }],
  },
  ...more,
});

describe.each([
  [OPA, opa],
  [CERBOS, cerbos],
])('%s', (path, entry) => {
  it.each([
    ['is not JSON', '[{"decision_id":', 400],
    ['is a text', '"all"', 400],
    ['is a number', '7', 400],
    ['is empty', '', 200],
  ])('a body that %s is answered as what it is', async (_what, body, status) => {
    const { post, taken } = open();
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    expect(taken).toEqual([]);
  });

  it('names entries of wrong types and keeps the others', async () => {
    const { post, taken } = open();
    const bad = [null, 7, 'x', [], {}, [[entry()]], entry({ timestamp: 'now' })];
    const answer = await post(path, JSON.stringify([...bad, entry()]));
    expect(answer.status).toBe(200);
    const { decisions, rejected, passed_over, faults } = await told(answer);
    expect({ decisions, left_out: rejected + passed_over }).toEqual({
      decisions: 1,
      left_out: bad.length,
    });
    expect(faults[0]).toMatch(/^entry 0: /);
    expect(taken).toHaveLength(1);
  });

  it('takes an entry that is nested deep for what it is', async () => {
    const { post } = open();
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const body = JSON.stringify([entry({ extra: 0 })]).replace('"extra":0', `"extra":${deep}`);
    const answer = await post(path, body);
    expect([answer.status, (await told(answer)).rejected]).toEqual([200, 1]);
  });

  it('refuses 30 MB, and what inflates to more than the limit', async () => {
    const { post, taken } = open();
    expect((await post(path, new Uint8Array(30_000_000).fill(0x20))).status).toBe(413);
    const bomb = gzipSync(Buffer.alloc(100_000_000, 0x20));
    expect((await post(path, bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
    expect(taken).toEqual([]);
  });

  it('keeps nothing of credentials, wherever in an entry they stand', async () => {
    const { post, kept } = open();
    const planted = canaries(60);
    for (const { text } of planted) {
      const input = { note: text, headers: { authorization: text } };
      await post(path, JSON.stringify([entry({ input, metadata: { note: text } })]));
      await post(path, JSON.stringify([entry({ decision_id: text, callId: text, path: text })]));
    }
    for (const { kind, secrets } of planted) {
      for (const secret of secrets)
        expect({ kind, leaks: kept().includes(secret) }).toEqual({ kind, leaks: false });
    }
  });

  it('takes names of objects for names', async () => {
    const { post, kept } = open();
    const hostile = JSON.stringify([entry()]).replaceAll('"a1"', '"__proto__"');
    expect(await told(await post(path, hostile))).toMatchObject({ decisions: 1 });
    expect(kept()).toContain('__proto__');
  });
});

describe('an entry of OPA', () => {
  const read = (more: object, paths = {}) => translateOpa(opa(more), paths);

  it.each([
    [true, 'allow'],
    [false, 'deny'],
    ['permit', 'allow'],
    [{ allow: false, reason: 'late' }, 'deny'],
    [{ decision: 'require_approval' }, 'require_approval'],
    [undefined, 'not_applicable'],
  ])('with the result %j has the effect %s', (result, effect) => {
    expect(read({ result })).toMatchObject({ decisions: [{ effect }] });
  });

  it('is not believed where it was masked or erased', () => {
    expect(read({ erased: ['/result'] })).toEqual({ fault: 'its result was erased or masked' });
    expect(read({ masked: ['/input/subject'] })).toMatchObject({
      decisions: [{ principal_id: undefined, permission: 'mail:read' }],
    });
    expect(read({ erased: ['/input'] })).toMatchObject({ decisions: [{ permission: undefined }] });
  });

  it('is read by the paths that its address names', () => {
    const input = { caller: { name: 'a7' }, method: 'send', on: { type: 'mail' } };
    const paths = {
      agent: ['input', 'caller'],
      action: ['input', 'method'],
      resource_type: ['input', 'on', 'type'],
    };
    expect(read({ input }, paths)).toMatchObject({
      decisions: [{ agent: 'a7', permission: 'mail:send' }],
    });
  });
});

describe('an entry of Cerbos', () => {
  it.each([
    ['EFFECT_ALLOW', 'allow'],
    ['EFFECT_DENY', 'deny'],
    ['EFFECT_NO_MATCH', 'not_applicable'],
    ['EFFECT_OF_TOMORROW', 'error'],
  ])('that says %s has the effect %s', (effect, wanted) => {
    const { checkResources } = cerbos() as { checkResources: { inputs: object[] } };
    const outputs = [{ resourceId: 'm-1', actions: { read: { effect } } }];
    const entry = cerbos({ checkResources: { ...checkResources, outputs } });
    expect(translateCerbos(entry)).toMatchObject({ decisions: [{ effect: wanted }] });
  });

  it.each([
    [{ callId: undefined }, { fault: 'it has no callId' }],
    [{ 'log.kind': 'access' }, { passed_over: expect.any(String) as string }],
    [{ checkResources: { inputs: [] } }, { fault: 'it has no inputs with actions' }],
  ])('with %j is named', (more, wanted) => {
    expect(translateCerbos(cerbos(more))).toEqual(wanted);
  });
});
