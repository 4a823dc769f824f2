// Planted credentials of many kinds: none leaves the process, wherever in a span it stands, and plain text stays.
import { INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorize, credential, processor, surface, task, tool } from '../../collector/index.ts';
import { MAX_NAME_CHARS, redactText } from '../../collector/redact.ts';
import { isSecretKey, SECRET_SHAPES } from '../../collector/secrets.ts';
import type { SecretShape } from '../../collector/secrets.ts';
import { viewOf } from '../../collector/view.ts';
import type { Recorder } from './recorder.ts';
import { startRecorder } from './recorder.ts';

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
const base62 = (chars: number): string =>
  randomBytes(chars * 2)
    .toString('base64')
    .replace(/[^A-Za-z0-9]/g, 'k')
    .slice(0, chars);
const upper = (chars: number): string => base62(chars).toUpperCase();
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (): string => `${part({ alg: 'RS256' })}.${part({ sub: hex(6) })}.${base62(86)}`;

/** A text with a credential in it, and the credential. */
const KINDS: Record<string, () => { text: string; secret: string }> = {
  jwt: () => wrap(jwt(), (secret) => `token is ${secret} ok`),
  bearer: () => wrap(base62(40), (secret) => `Authorization: Bearer ${secret}`),
  basic: () => wrap(Buffer.from(`ada:${hex(8)}`).toString('base64'), (secret) => `Basic ${secret}`),
  aws_key: () => wrap(`AKIA${upper(16)}`, (secret) => `using ${secret}`),
  github: () => wrap(`ghp_${base62(36)}`, (secret) => `git clone with ${secret}`),
  github_fine: () => wrap(`github_pat_${base62(40)}`, (secret) => `"${secret}"`),
  gitlab: () => wrap(`glpat-${base62(20)}`, (secret) => `key ${secret},`),
  slack: () => wrap(`xoxb-${base62(12)}-${base62(12)}`, (secret) => `(${secret})`),
  google_key: () => wrap(`AIza${base62(35)}`, (secret) => `?key=${secret}`),
  google_oauth: () => wrap(`ya29.${base62(60)}`, (secret) => secret),
  model_key: () => wrap(`sk-proj-${base62(40)}`, (secret) => `{"apiKey":"${secret}"}`),
  payment: () => wrap(`sk_live_${base62(24)}`, (secret) => secret),
  npm: () => wrap(`npm_${base62(36)}`, (secret) => `//registry/:_authToken=${secret}`),
  url: () => wrap(hex(10), (secret) => `postgres://ada:${secret}@db.example/crm`),
  assignment: () => wrap(hex(8), (secret) => `client_secret=${secret}&grant_type=x`),
  json: () => wrap(hex(8), (secret) => JSON.stringify({ user: 'ada', password: secret })),
  nested_json: () =>
    wrap(hex(8), (secret) => JSON.stringify({ body: JSON.stringify({ password: secret }) })),
  azure: () =>
    wrap(`${base62(60)}==`, (secret) => `AccountName=crm;AccountKey=${secret};EndpointSuffix=x`),
  private_key: () =>
    wrap(
      base62(64),
      (secret) => `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----`,
    ),
};
const wrap = (secret: string, around: (secret: string) => string) => ({
  text: around(secret),
  secret,
});

let recorder: Recorder;
beforeAll(() => {
  recorder = startRecorder([processor()]);
});
afterAll(() => recorder.stop());

describe.each(Object.keys(KINDS))('a credential of kind %s', (kind) => {
  it('is in no part of what leaves the process', () => {
    const { text, secret } = KINDS[kind]?.() ?? { text: '', secret: 'none' };
    const about = { agent: text, session: text, goal: text, user: text };
    task({ ...about, identity: { id: text } }, () => {
      surface([text, { permission: 'a', resource_pattern: text }], { source: 'config' });
      credential.issued(secret, { issuer: text, id: secret, scopes: [secret], parent: secret });
      const request = { permission: text, action: text, resource: { type: text, id: text } };
      const decision = authorize(request, () => ({ effect: 'deny', rules: [text], reason: text }));
      tool({ name: text, decision, credential: secret, call_id: text }, () => text);
      const span = trace.getTracer('framework').startSpan(`call ${text}`, {
        attributes: { note: text, list: [text, 'plain'] },
        links: [{ context: INVALID_SPAN_CONTEXT, attributes: { note: text } }],
      });
      span.addEvent(`event ${text}`, { 'exception.message': text });
      span.setStatus({ code: 2, message: text });
      span.end();
    });
    const spans = recorder.take();
    expect(spans).toHaveLength(6);
    const leaving = spans.map((span) => {
      const { name, attributes, events, links, status } = viewOf(span);
      return { name, attributes, events, links, status };
    });
    expect(JSON.stringify(leaving).includes(secret)).toBe(false);
  });

  it('is replaced once and for all', () => {
    const { text } = KINDS[kind]?.() ?? { text: '' };
    const clean = redactText(text);
    expect(clean).toMatch(/\[fp_[0-9a-f]{32}\]/);
    expect(redactText(clean)).toBe(clean);
  });
});

describe('what is no credential', () => {
  it.each([
    'Ada joins the platform team on Tuesday.',
    'https://api.example/v1/calendars/cal-7?page=2',
    'arn:aws:s3:::bucket/key',
    'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'the task-list of the desk, the basics and bearers of bad news',
    '{"type":"function","name":"set_password","description":"Sets a password."}',
    'fp_0123456789abcdef0123456789abcdef',
  ])('%s stays as it is', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it('is told from a credential by its key', () => {
    const secret = [
      'password',
      'http.request.header.authorization',
      'db.connection_string',
      'x-api-key',
      'auth.access_token',
      'client_secret',
    ];
    const plain = [
      'gen_ai.usage.input_tokens',
      'gen_ai.token.type',
      'token_count',
      'url.full',
      'secretary',
      'http.request.header.accept',
    ];
    expect(secret.filter(isSecretKey)).toEqual(secret);
    expect(plain.filter(isSecretKey)).toEqual([]);
  });
});

describe('a credential', () => {
  it.each([
    ['secret = alpha/secret = bravo9', ['alpha', 'bravo9']],
    ['password: one1/password: two2/password: three3', ['one1', 'two2', 'three3']],
    [`Bearer ${'a'.repeat(30)}1/Bearer ${'b'.repeat(30)}2`, ['aaaa', 'bbbb']],
  ])('does not hide the one behind it: %s', (text, secrets) => {
    expect(secrets.filter((secret) => redactText(text).includes(secret))).toEqual([]);
  });
});

describe('a long value', () => {
  it('is looked through in time that grows with its length', () => {
    const begun = performance.now();
    for (const filler of [
      'a',
      'eyJ',
      'password=',
      '://a:',
      'Bearer ',
      '-----BEGIN PRIVATE KEY-----',
      'sk-',
      'QUFB/',
      'QUFBQUFBQUFBQUFBQUFB-',
      ' ',
    ]) {
      redactText(filler.repeat(Math.floor(200_000 / filler.length)));
    }
    expect(performance.now() - begun).toBeLessThan(4000);
  });

  it('beyond what is looked through is not sent', () => {
    expect(redactText('a'.repeat(1024 * 1024 + 1))).toBe('[too long to search for secrets]');
  });
});

describe('content', () => {
  const attributes = {
    'gen_ai.tool.name': 'read',
    'gen_ai.tool.definitions': '[]',
    'gen_ai.input.messages': 'a prompt',
    'gen_ai.tool.call.arguments': '{"path":"/notes"}',
    'gen_ai.tool.call.result': 'a result',
    'ai.response.text': 'an answer',
  };

  it('is left out unless it is asked for', () => {
    trace.getTracer('framework').startSpan('execute_tool read', { attributes }).end();
    const [span] = recorder.take();
    if (span === undefined) throw new Error('no span');
    expect(
      Object.keys(viewOf(span).attributes).filter((key) => !key.startsWith('footprint.')),
    ).toEqual(['gen_ai.tool.name', 'gen_ai.tool.definitions']);
    expect(viewOf(span, { content: true }).attributes).toMatchObject(attributes);
    expect(span.attributes).toMatchObject(attributes);
  });
});

/** The shortest text of the characters of names that a shape takes, found by growing what stands behind its anchor. */
const shortestName = ({ anchors, pattern }: SecretShape): number => {
  const fillers = ['a', 'A', '0', 'a0', 'F1'];
  const lengths = Array.from({ length: MAX_NAME_CHARS + 1 }, (_, length) => length);
  for (const length of lengths) {
    for (const anchor of anchors.flatMap((one) => [one, one.toUpperCase()])) {
      for (const filler of fillers) {
        for (let before = 0; before + anchor.length <= length; before += 1) {
          const rest = filler.repeat(length);
          const name = (rest.slice(0, before) + anchor + rest).slice(0, length);
          pattern.lastIndex = 0;
          if (/^[\w.-]+$/.test(name) && pattern.test(name)) return name.length;
        }
      }
    }
  }
  return Number.POSITIVE_INFINITY;
};

describe('a short name', () => {
  it.each(SECRET_SHAPES)('is none of shape $kind, so that it need not be searched', (shape) => {
    expect(shortestName(shape)).toBeGreaterThan(MAX_NAME_CHARS);
  });

  it('would be found to be one of a shorter shape', () => {
    const shape = { kind: 'short', anchors: ['zz_'], pattern: /(?<![A-Za-z0-9])zz_[a-z0-9]{8,}/g };
    expect(shortestName(shape)).toBe(11);
  });
});
