// Values that need more than to be read: too long, nested, or a credential's; and the request's id in a refusal.
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createFacts, FACT_KEYS } from '../../server/facts/facts.ts';
import { CONVENTIONS } from '../../server/facts/conventions/all.ts';
import { longestValue } from '../../server/ingest/cut.ts';
import { createRedactor } from '../../server/ingest/redact.ts';
import { statusAnswer } from '../../server/ingest/status.ts';
import { AppError } from '../../server/errors.ts';
import { createGroup } from '../../server/model/group.ts';
import { materialise } from '../../server/otlp/materialise.ts';
import { createReader } from '../../server/otlp/reader.ts';
import { readFacts, type SpanFacts } from '../facts-rows.ts';
import { decodeRequest, encodeRequest, requestIdIn } from './otlp-proto.ts';
import { jsonBytes, keyValues, request, span, type Value } from './otlp-requests.ts';
import { CANARY_KINDS, canaries } from './redact-canaries.ts';

const fingerprint = (secret: string): string =>
  `fp_${createHmac('sha256', 'key').update(secret).digest('hex').slice(0, 32)}`;
const redactor = createRedactor({ fingerprint, content: true });
const factReader = createReader({ keys: FACT_KEYS });
const KIB32 = 32 * 1024;
const MIB = 1024 * 1024;

/** The request as it is journalled, from protobuf and from JSON. */
const redacted = (json: Record<string, unknown>) => {
  const bytes = encodeRequest(json);
  redactor.protobuf(bytes);
  const document = createReader({ keys: [] }).parse(jsonBytes(json));
  redactor.document(document);
  return { bytes, document };
};

/** The attributes of the only span, the same from protobuf and from JSON. */
const kept = (attributes: Record<string, Value>) => {
  const { bytes, document } = redacted(request([span(attributes)]));
  const keys = Object.keys(attributes);
  const reader = createReader({ keys });
  const told = materialise(reader.protobuf(bytes).batch, 0, keys).attributes;
  expect(materialise(reader.fromDocument(document).batch, 0, keys).attributes).toEqual(told);
  return told;
};

const factsOf = (attributes: Record<string, Value>, name = 'GET'): SpanFacts[] => {
  const { bytes, document } = redacted(request([span(attributes, { name })]));
  const facts = createFacts({ pseudonym: (id) => id });
  const received = {
    workspace: 'default',
    received_at: 0,
    attested: true,
    position: { segment: 0, offset: 0 },
  };
  return [factReader.protobuf(bytes), factReader.fromDocument(document)].flatMap(({ batch }) => {
    const group = createGroup();
    facts(batch, received, group);
    return readFacts(group);
  });
};

describe('a value of more than 32 KiB', () => {
  it('is cut and says how long it was, in protobuf and JSON alike', () => {
    const told = kept({ note: 'x'.repeat(KIB32 + 1), short: 'y'.repeat(KIB32) });
    const note = String(told['note']);
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(KIB32);
    expect(note).toMatch(/^x{32000,}… \[cut from 32769 bytes\]$/);
    expect(told['short']).toBe('y'.repeat(KIB32));
  });

  it('is cut between characters, whatever width they have', () => {
    for (const lead of ['', 'a', 'ab', 'abc']) {
      const note = String(kept({ note: lead + '🛠'.repeat(20_000) })['note']);
      expect(note).toMatch(/^(?:a?b?c?)(?:🛠)+… \[cut from \d+ bytes\]$/u);
    }
  });

  it('leaves the request around it whole, wherever it stands', () => {
    const long = 'z'.repeat(5 * KIB32);
    const attributes = keyValues({
      list: [long, 'after'],
      map: { map: { in: { values: [long, 7] } } },
    });
    const json = request(
      [
        span(
          { long, after: 'kept' },
          { name: long, events: [{ name: long, attributes }], status: { code: 2, message: long } },
        ),
      ],
      { resource: { long, also: 'kept' }, scope: long },
    );
    const { bytes, document } = redacted(json);
    expect(bytes).toHaveLength(encodeRequest(json).length);
    for (const text of [JSON.stringify(decodeRequest(bytes)), JSON.stringify(document)]) {
      expect(text.match(/\[cut from 163840 bytes\]/g)).toHaveLength(8);
      expect(text).not.toContain('z'.repeat(KIB32));
      expect(text.match(/"(?:after|kept)"/g)?.length).toBeGreaterThanOrEqual(4);
    }
    expect(decodeRequest(encodeRequest(document as Record<string, unknown>))).toEqual(
      decodeRequest(bytes),
    );
  });

  it('stays to 1 MiB where it tells the tools offered, under every key that is read so', () => {
    const definition = JSON.stringify([{ name: 'read', description: 'd'.repeat(MIB - 60) }]);
    const told = kept({
      'gen_ai.tool.definitions': definition,
      'llm.tools.3.tool.json_schema': `${definition}${' '.repeat(100)}`,
    });
    expect(told['gen_ai.tool.definitions']).toBe(definition);
    expect(told['llm.tools.3.tool.json_schema']).toMatch(/cut from 10\d{5} bytes\]$/);
    const keys = CONVENTIONS.flatMap(({ keys: of }) => Object.entries(of));
    for (const [key, [field]] of keys) {
      const isTools = /^tool_(definitions|schema|function)$/.test(field);
      expect(longestValue(key.replace('*', '7')), key).toBe(isTools ? MIB : KIB32);
    }
  });

  it('holds no secret that stood across the cut', () => {
    const secret = `ghp_${'Ab12'.repeat(9)}`;
    const note = `${'x'.repeat(KIB32 - 60)} ${secret}${' y'.repeat(KIB32)}`;
    const { bytes, document } = redacted(request([span({ note })]));
    for (const text of [Buffer.from(bytes).toString('latin1'), JSON.stringify(document)]) {
      expect(text).not.toContain(secret.slice(0, 12));
    }
  });
});

describe('nested values', () => {
  const tools: Value = {
    values: [
      { map: { type: 'function', function: { map: { name: 'read_mail', strict: true } } } },
      { map: { name: 'send_mail', parameters: { map: { n: 3, r: { double: 0.5 } } } } },
    ],
  };
  const offered = (value: Value) =>
    factsOf({ 'gen_ai.operation.name': 'chat', 'gen_ai.tool.definitions': value }).map(
      ({ surface }) => surface?.permissions.map(({ permission }) => permission) ?? null,
    );

  it('that tell the tools offered are read as their list, as the same JSON text is', () => {
    const names = ['tool:read_mail', 'tool:send_mail'];
    expect(offered(tools)).toEqual([names, names]);
    const text = '[{"function":{"name":"read_mail"}},{"name":"send_mail"}]';
    expect(offered(text)).toEqual([names, names]);
    expect(offered({ map: { name: 'read_mail' } })).toEqual([[names[0]], [names[0]]]);
  });

  it('of which one tool has no name are unknown, not a list of the others', () => {
    expect(offered({ values: [{ map: { name: 'read_mail' } }, { map: { n: 1 } }] })).toEqual([
      null,
      null,
    ]);
    expect(offered({ values: ['{"name":"a"}', { map: {} }] })).toEqual([null, null]);
  });

  it('keep keys of any name, and become the same JSON from protobuf and from JSON', () => {
    const told = kept({ note: { map: { __proto__x: 1, ['__proto__']: 'p', list: ['a', 'b'] } } });
    expect(told['note']).toBe('{"__proto__x":1,"__proto__":"p","list":["a","b"]}');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('deeper than 32 are refused by the decoder, listed or not, 32 are not', () => {
    const nested = (levels: number): Value => {
      let value: Value = 'x';
      for (let i = 1; i < levels; i++)
        value = i % 2 === 0 ? { values: [value] } : { map: { k: value } };
      return value;
    };
    for (const key of ['listed', 'unlisted']) {
      const reader = createReader({ keys: ['listed'] });
      const body = (levels: number) => request([span({ [key]: nested(levels) })]);
      expect(reader.protobuf(encodeRequest(body(32))).batch.spans).toBe(1);
      expect(reader.fromDocument(body(32)).batch.spans).toBe(1);
      expect(() => reader.protobuf(encodeRequest(body(33)))).toThrow('deeper than 32');
      expect(() => reader.fromDocument(body(33))).toThrow('deeper than 32');
      expect(() => reader.json(jsonBytes(body(33)))).toThrow('JSON is nested deeper than 64');
    }
  });
});

describe('a raw credential', () => {
  const token = `at-${'Ab1'.repeat(20)}`;

  it('in a header is a fingerprint of the token alone, which becomes the span\u2019s', () => {
    const name = fingerprint(token);
    for (const header of [[`Bearer ${token}`], `bearer  ${token}`, token] satisfies Value[]) {
      const facts = factsOf({ 'http.request.header.authorization': header });
      expect(facts.map(({ span: { fingerprint: told } }) => told)).toEqual([name, name]);
    }
    const told = kept({ 'http.request.header.authorization': `Bearer ${token}` });
    expect(told['http.request.header.authorization']).toBe(
      name + '*'.repeat(7 + token.length - 35),
    );
  });

  it('where a fingerprint is due becomes one, in both places of ours', () => {
    const [protobuf, json] = factsOf(
      {
        'footprint.schema': 1,
        'footprint.credential.fingerprint': token,
        'footprint.credential.parent': `${token}p`,
        'footprint.credential.type': 'oauth_access_token',
      },
      'issue_credential oauth',
    );
    expect(protobuf).toEqual(json);
    expect(protobuf?.span.fingerprint).toBe(fingerprint(token));
    expect(protobuf?.credential).toMatchObject({
      fingerprint: fingerprint(token),
      parent_fingerprint: fingerprint(`${token}p`),
    });
  });

  it('that is too short for one is masked and names nothing', () => {
    const short = 'hunter2hunter2hunter2';
    expect(kept({ 'db.password': short })['db.password']).toBe('*'.repeat(short.length));
    const facts = factsOf({ 'http.request.header.authorization': short });
    expect(facts.map(({ span: { fingerprint: told } }) => told)).toEqual([null, null]);
  });

  it('stays out where it hides behind a fingerprint; a fingerprint itself stays as it is', () => {
    const name = fingerprint('x');
    const told = kept({
      token: `${name} ${token}`,
      api_key: name,
      'footprint.credential.fingerprint': name,
    });
    expect(told['token']).toMatch(/^fp_[0-9a-f]{32}\*+$/);
    expect(told['token']).not.toContain(name);
    expect(told).toMatchObject({ api_key: name, 'footprint.credential.fingerprint': name });
    const again = kept({ 'http.request.header.authorization': `${name}*****` });
    expect(again['http.request.header.authorization']).toBe(`${name}*****`);
  });

  it('of more than 40 kinds leaves nothing under any key that names it', () => {
    expect(CANARY_KINDS.length).toBeGreaterThan(40);
    const keys = [
      'http.request.header.authorization',
      'http.request.header.x-api-key',
      'footprint.credential.fingerprint',
      'footprint.credential.parent',
      'footprint.credential.id',
      'session.token',
    ];
    const left = canaries(600).flatMap(({ kind, text, secrets }, i) => {
      const key = keys[i % keys.length] ?? '';
      const value: Value = i % 2 === 0 ? text : [text];
      const { bytes, document } = redacted(request([span({ [key]: value })]));
      const told = factsOf({ [key]: value }).map((facts) => JSON.stringify(facts));
      const all = [Buffer.from(bytes).toString('latin1'), JSON.stringify(document), ...told];
      const found = all.join('\n').replaceAll('\\', '');
      return secrets.some((secret) => found.includes(secret)) ? [`${kind} under ${key}`] : [];
    });
    expect(left).toEqual([]);
  });
});

describe('a refusal', () => {
  it('names the request in a detail that a Status allows, in both types', async () => {
    const error = new AppError('too_large', 'the body is too large');
    const json = (await statusAnswer('json', error, 'r-1').json()) as unknown;
    expect(json).toEqual({
      code: 8,
      message: 'the body is too large',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId: 'r-1' }],
    });
    const protobuf = await statusAnswer('protobuf', error, 'r-1').arrayBuffer();
    expect(requestIdIn(new Uint8Array(protobuf))).toBe('r-1');
  });
});
