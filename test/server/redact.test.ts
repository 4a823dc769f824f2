// Redaction: 500 planted credentials leave no trace, lengths hold, and what is no secret stays.
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../server/ingest/redact.ts';
import { materialise } from '../../server/otlp/materialise.ts';
import { createReader } from '../../server/otlp/reader.ts';
import { decodeRequest, encodeRequest } from './otlp-proto.ts';
import { jsonBytes, keyValues, request, span, type Value } from './otlp-requests.ts';
import { canaries, CANARY_KINDS, type Canary } from './redact-canaries.ts';

const KEYS = ['planted', 'kept'];
const reader = createReader({ keys: KEYS });
const redactor = createRedactor();

/** Every place of a request where a text can stand. */
const PLACES: ((text: string) => Record<string, unknown>)[] = [
  (text) => request([span({ planted: text })]),
  (text) => request([span({ planted: [text, 'plain'] })]),
  (text) => request([span({ planted: { map: { inner: { values: [text] } } } })]),
  (text) => request([span({}, { name: text })]),
  (text) => request([span({}, { status: { code: 2, message: text } })]),
  (text) => request([span({}, { traceState: text })]),
  (text) => request([span({}, { events: [{ name: text }] })]),
  (text) => request([span({}, { events: [{ name: 'e', attributes: keyValues({ a: text }) }] })]),
  (text) =>
    request([
      span(
        {},
        {
          links: [
            {
              traceId: '01'.repeat(16),
              spanId: '02'.repeat(8),
              attributes: keyValues({ a: text }),
            },
          ],
        },
      ),
    ]),
  (text) => request([span()], { resource: { planted: text } }),
  (text) => request([span()], { scope: text }),
  (text) => request([span({ [text]: 1 })]),
  (text) => request([span({ 'gen_ai.tool.definitions': text })]),
  (text) => request([span({ 'footprint.decision.reason': text })]),
];

const placed = (canary: Canary, i: number): Record<string, unknown> =>
  (PLACES[i % PLACES.length] ?? PLACES[0])?.(canary.text) ?? {};

/** What survived, in any part of a text. */
const survivors = (planted: readonly Canary[], text: string): string[] =>
  planted
    .filter(({ secrets }) => secrets.some((secret) => text.includes(secret)))
    .map(({ kind }) => kind);

const PLANTED = canaries(500);

describe('500 planted credentials', () => {
  it('are of more than 40 kinds', () => {
    expect(CANARY_KINDS.length).toBeGreaterThan(40);
  });

  it('leave nothing in a protobuf body nor in what it decodes to, and its lengths hold', () => {
    const left = PLANTED.flatMap((canary, i) => {
      const body = encodeRequest(placed(canary, i));
      expect(redactor.protobuf(body)).toBe(true);
      const { batch } = reader.protobuf(body);
      expect(decodeRequest(body)).toHaveProperty('resourceSpans');
      const told = JSON.stringify(materialise(batch, 0, KEYS));
      return survivors([canary], Buffer.from(body).toString('latin1') + told);
    });
    expect(left).toEqual([]);
  });

  it('leave nothing in a JSON body nor in what it decodes to', () => {
    const left = PLANTED.flatMap((canary, i) => {
      const document = reader.parse(jsonBytes(placed(canary, i)));
      redactor.document(document);
      const told = JSON.stringify(materialise(reader.fromDocument(document).batch, 0, KEYS));
      // Escapes of JSON are taken off until the text stands as it was planted.
      const written = JSON.stringify(document).replaceAll('\\', '');
      return survivors([canary], written + told);
    });
    expect(left).toEqual([]);
  });
});

describe('keys', () => {
  const judged = (attributes: Record<string, Value>) => {
    const body = encodeRequest(request([span(attributes)]));
    redactor.protobuf(body);
    const document = reader.parse(jsonBytes(request([span(attributes)])));
    redactor.document(document);
    const keys = Object.keys(attributes);
    const own = createReader({ keys });
    const protobuf = materialise(own.protobuf(body).batch, 0, keys).attributes;
    expect(materialise(own.fromDocument(document).batch, 0, keys).attributes).toEqual(protobuf);
    return protobuf;
  };

  it('that name a credential mask whatever stands under them', () => {
    expect(
      judged({
        'http.request.header.authorization': 'opaque',
        'db.password': 'a b',
        apiKey: 'xyz',
        'env.AWS_SECRET_ACCESS_KEY': 'q',
        'http.response.header.set-cookie': ['a=b', 'c'],
        access_token: 'ünïcode',
        'user.password': 12345678,
      }),
    ).toEqual({
      'http.request.header.authorization': '******',
      'db.password': '***',
      apiKey: '***',
      'env.AWS_SECRET_ACCESS_KEY': '*',
      'http.response.header.set-cookie': ['***', '*'],
      access_token: expect.stringMatching(/^\*+$/) as string,
      'user.password': 0,
    });
  });

  it('that only speak of tokens, and fields of ours, keep their values', () => {
    const kept: Record<string, Value> = {
      'gen_ai.usage.input_tokens': 17,
      'gen_ai.token.type': 'input',
      'footprint.credential.fingerprint': 'fp_0123456789abcdef0123456789abcdef',
      'footprint.credential.scopes': ['mail.read', 'openid'],
      'footprint.credential.type': 'oauth_access_token',
      'footprint.surface.permissions': ['tool:reset_password|*', 'aws:s3:GetObject|arn:aws:s3:::a'],
      'gen_ai.tool.name': 'issue_token',
      token: 'fp_0123456789abcdef0123456789abcdef',
      'url.full': 'https://user@example.com/tasks/risk-assessment?page=2',
      'user.id': '3f2c8a9e-1b7d-4c55-9e1a-aa03c1f2d9b7',
      'mcp.session.id': 'dGhpcyBpc24ndCBhIHNlY3JldA',
    };
    expect(judged(kept)).toEqual(kept);
  });

  it('of prompts, answers, arguments and results mask them, and keep roles, names and definitions', () => {
    const schema = '[{"name":"reset","parameters":{"password":{"type":"string"}}}]';
    expect(
      judged({
        'gen_ai.input.messages': '[{"role":"user"}]',
        'gen_ai.tool.call.arguments': { map: { to: 'ada', amount: 5 } },
        'gen_ai.prompt.0.content': 'hello',
        'gen_ai.prompt.0.role': 'user',
        'llm.output_messages.0.message.content': 'hi',
        'ai.response.toolCalls': 'x',
        'input.value': 'y',
        'gen_ai.tool.definitions': schema,
        'llm.tools.0.tool.json_schema': schema,
        'ai.prompt.tools': [schema],
      }),
    ).toEqual({
      'gen_ai.input.messages': '*'.repeat(17),
      'gen_ai.tool.call.arguments': '{"**":"***","******":0}',
      'gen_ai.prompt.0.content': '*****',
      'gen_ai.prompt.0.role': 'user',
      'llm.output_messages.0.message.content': '**',
      'ai.response.toolCalls': '*',
      'input.value': '*',
      'gen_ai.tool.definitions': schema,
      'llm.tools.0.tool.json_schema': schema,
      'ai.prompt.tools': [schema],
    });
  });

  it('of content mask what is nested in them, its names and numbers too', () => {
    const attributes = { 'gen_ai.tool.call.arguments': { map: { recipient: 'ada', amount: 512 } } };
    const body = encodeRequest(request([span(attributes)]));
    redactor.protobuf(body);
    const text = JSON.stringify(decodeRequest(body));
    const document = reader.parse(jsonBytes(request([span(attributes)])));
    redactor.document(document);
    for (const told of [text, JSON.stringify(document)]) {
      expect(told).not.toMatch(/recipient|amount|"ada"|"512"/);
    }
  });
});

describe('content that is asked for', () => {
  it('is kept but for the credentials in it', () => {
    const body = encodeRequest(
      request([span({ 'gen_ai.tool.call.arguments': '{"to":"ada","password":"hunter2hunter2"}' })]),
    );
    createRedactor({ content: true }).protobuf(body);
    const text = Buffer.from(body).toString('latin1');
    expect(text).toContain('"to":"ada","password":"**************"');
  });
});

describe('what redaction leaves', () => {
  it('is valid UTF-8, masked by whole characters', () => {
    const body = encodeRequest(request([span({ planted: 'password=geheimß€🛠äöü, fertig' })]));
    const { batch } = reader.protobuf(body);
    redactor.protobuf(body);
    const planted = materialise(batch, 0, KEYS).attributes['planted'];
    expect(planted).toMatch(/^password=\*+, fertig$/);
  });

  it('is unchanged bytes where there is no secret, and so it says', () => {
    const body = encodeRequest(request([span({ planted: 'read the task list', kept: 5 })]));
    const before = body.slice();
    expect(redactor.protobuf(body)).toBe(false);
    expect(body).toEqual(before);
  });

  it('is masked again without a change', () => {
    const body = encodeRequest(placed(canaries(1)[0] as Canary, 0));
    redactor.protobuf(body);
    const once = body.slice();
    redactor.protobuf(body);
    expect(body).toEqual(once);
  });

  it('holds no credential of a field that nobody knows', () => {
    const secret = `ghp_${'a1'.repeat(18)}`;
    const unknown = Buffer.concat([Uint8Array.of(0xba, 0x3e, secret.length), Buffer.from(secret)]);
    const spanBytes = Buffer.concat([Uint8Array.of(18, unknown.length), unknown]);
    const scope = Buffer.concat([Uint8Array.of(18, spanBytes.length), spanBytes]);
    const body = new Uint8Array(Buffer.concat([Uint8Array.of(10, scope.length), scope]));
    expect(redactor.protobuf(body)).toBe(true);
    const document: unknown = {
      [secret]: { later: [secret], bytesValue: Buffer.from(secret).toString('base64') },
    };
    redactor.document(document);
    expect(Buffer.from(body).toString('latin1') + JSON.stringify(document)).not.toContain(secret);
    expect(JSON.stringify(document)).not.toContain(
      Buffer.from(secret).toString('base64').slice(0, 20),
    );
  });

  it('takes time that grows with its length, on values made to be slow', () => {
    const slow = [
      'eyJ-',
      'token=',
      'Bearer ',
      '://a:',
      '%41',
      'SG.a',
      'Zm9v/',
      '-----BEGIN PRIVATE KEY-----',
      'sk-',
    ];
    for (const piece of slow) {
      const text = piece.repeat(Math.ceil(200_000 / piece.length));
      const body = encodeRequest(request([span({ planted: text })]));
      const began = performance.now();
      redactor.protobuf(body);
      expect(performance.now() - began, piece).toBeLessThan(2000);
    }
  });
});
