// The decoder against requests written by protobufjs and by OpenTelemetry's own serializers.
import { ROOT_CONTEXT as ROOT, SpanStatusCode, trace } from '@opentelemetry/api';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  TracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../server/errors.ts';
import type { Decoded } from '../../server/otlp/batch.ts';
import { materialise } from '../../server/otlp/materialise.ts';
import { createReader } from '../../server/otlp/reader.ts';
import { encodeRequest } from './otlp-proto.ts';
import { hexId as hex, jsonBytes, request, span } from './otlp-requests.ts';

const KEYS = [
  'tool.name',
  'count',
  'ratio',
  'cached',
  'scopes',
  'llm.tools.*.tool.json_schema',
  '__proto__',
];
const reader = createReader({ keys: KEYS });

const spansOf = ({ batch }: Decoded) =>
  Array.from({ length: batch.spans }, (_, row) => materialise(batch, row, KEYS));

const both = (json: Record<string, unknown>) => ({
  protobuf: reader.protobuf(encodeRequest(json)),
  json: reader.json(jsonBytes(json)),
});

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'none';
};

describe('one request in protobuf and in JSON', () => {
  it('gives the same span with every kind of value', () => {
    const json = request(
      [
        span(
          {
            'tool.name': 'read_mäil \u0000 \u202e 🛠',
            count: -9007199254740991n,
            ratio: { double: -0.25 },
            cached: true,
            scopes: ['mail.read', '', 'mail.send'],
            'llm.tools.17.tool.json_schema': '{"name":"a"}',
            'llm.tools.x.tool.json_schema': 'not numbered',
            unlisted: 'left out',
            __proto__x: 'left out',
          },
          {
            traceId: '0123456789abcdef0123456789abcdef',
            spanId: '00000000000000ff',
            parentSpanId: 'a000000000000000',
            traceState: 'vendor=1',
            status: { code: 2, message: 'no' },
          },
        ),
      ],
      { resource: { 'tool.name': 'on the resource' }, scope: 'scope-1' },
    );
    const { protobuf, json: fromJson } = both(json);
    expect(spansOf(protobuf)).toEqual([
      {
        trace_id: '0123456789abcdef0123456789abcdef',
        span_id: '00000000000000ff',
        parent_span_id: 'a000000000000000',
        name: 'execute_tool read_mail',
        trace_state: 'vendor=1',
        kind: 1,
        status_code: 2,
        started_at: 1795000000123456,
        ended_at: 1795000000223456,
        scope_name: 'scope-1',
        index: 0,
        resource: { 'tool.name': 'on the resource' },
        attributes: {
          'tool.name': 'read_mäil \u0000 \u202e 🛠',
          count: -9007199254740991,
          ratio: -0.25,
          cached: true,
          scopes: ['mail.read', '', 'mail.send'],
          'llm.tools.17.tool.json_schema': '{"name":"a"}',
        },
      },
    ]);
    expect(spansOf(fromJson)).toEqual(spansOf(protobuf));
  });

  it('keeps spans with their own resource and scope', () => {
    const one = request([span(), span()], { resource: { count: 1 }, scope: 'a' });
    const two = request([span()], { resource: { count: 2 }, scope: 'b' });
    const json = {
      resourceSpans: [
        ...(one['resourceSpans'] as []),
        { scopeSpans: [] },
        ...(two['resourceSpans'] as []),
      ],
    };
    const { protobuf, json: fromJson } = both(json);
    const told = spansOf(protobuf).map(({ resource, scope_name, index }) => [
      resource,
      scope_name,
      index,
    ]);
    expect(told).toEqual([
      [{ count: 1 }, 'a', 0],
      [{ count: 1 }, 'a', 1],
      [{ count: 2 }, 'b', 2],
    ]);
    expect(spansOf(fromJson)).toEqual(spansOf(protobuf));
  });

  it('rejects a bad span alone, keeps the order of the others, and rejects it again on replay', () => {
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`k${String(i)}`, i]));
    const json = request([
      span({ 'tool.name': 'first' }),
      span(
        { 'tool.name': 'lost' },
        { traceId: '00000000000000000000000000000000', parentSpanId: hex(8) },
      ),
      span({ 'tool.name': 'lost' }, { traceId: 'abcd' }),
      span({ 'tool.name': 'lost' }, { spanId: hex(9) }),
      span({ 'tool.name': 'lost' }, { parentSpanId: hex(3) }),
      span({ ...many, 'tool.name': 'lost' }),
      span({ [`k${'x'.repeat(40_000)}`]: 1, 'tool.name': 'lost' }),
      span({ scopes: ['last'] }, { kind: 3 }),
    ]);
    const body = encodeRequest(json);
    const decoded = reader.protobuf(body);
    expect(decoded.rejected).toBe(6);
    expect(decoded.rejected_reason).toContain('1000 attributes');
    const kept = spansOf(decoded);
    expect(kept.map(({ index, attributes }) => [index, attributes])).toEqual([
      [0, { 'tool.name': 'first' }],
      [7, { scopes: ['last'] }],
    ]);
    expect(kept[1]?.parent_span_id).toBe('');
    expect(Buffer.from(body).includes('lost')).toBe(false);
    const replayed = reader.protobuf(body.slice());
    expect([replayed.rejected, spansOf(replayed)]).toEqual([6, kept]);
    const document = reader.parse(jsonBytes(json));
    const fromJson = reader.fromDocument(document);
    expect([fromJson.rejected, spansOf(fromJson)]).toEqual([6, kept]);
    expect(JSON.stringify(document)).not.toContain('lost');
    expect(spansOf(reader.fromDocument(document))).toEqual(kept);
  });

  it('clamps instants that no column holds', () => {
    const { protobuf, json } = both(
      request([
        span({}, { startTimeUnixNano: '0', endTimeUnixNano: '18446744073709551615' }),
        span({}, { startTimeUnixNano: '5000', endTimeUnixNano: '3999' }),
      ]),
    );
    const instants = spansOf(protobuf).map((s) => [s.started_at, s.ended_at]);
    expect(instants).toEqual([
      [0, Number.MAX_SAFE_INTEGER],
      [5, 5],
    ]);
    expect(spansOf(json)).toEqual(spansOf(protobuf));
  });

  it('takes an empty request, and a value that is none', () => {
    expect(reader.protobuf(new Uint8Array(0)).batch.spans).toBe(0);
    expect(reader.json(jsonBytes({})).batch.spans).toBe(0);
    const { protobuf, json } = both(request([span({ 'tool.name': null })]));
    expect(spansOf(protobuf)[0]?.attributes).toEqual({ 'tool.name': null });
    expect(spansOf(json)).toEqual(spansOf(protobuf));
  });
});

describe('the JSON decoder', () => {
  const oneAttribute = (key: string, value: unknown) =>
    spansOf(reader.json(jsonBytes(request([{ ...span(), attributes: [{ key, value }] }]))))[0]
      ?.attributes;

  it.each([
    ['count', { intValue: 42 }, 42],
    ['count', { intValue: '-42' }, -42],
    ['ratio', { doubleValue: 'NaN' }, Number.NaN],
    ['ratio', { doubleValue: '-Infinity' }, Number.NEGATIVE_INFINITY],
    ['ratio', { doubleValue: null }, null],
    ['tool.name', { stringValue: 'a\ud800b' }, 'a\ufffdb'],
    ['tool.name', { unknownValue: 1, stringValue: 'x' }, 'x'],
    ['scopes', { arrayValue: { values: [{ stringValue: 'a' }, { intValue: 1 }, {}] } }, ['a']],
  ])('reads %s = %j', (key, value, expected) => {
    expect(oneAttribute(key, value)).toEqual({ [key]: expected });
  });

  it('takes ids in any case and ignores fields that it does not know', () => {
    const upper = span({}, { traceId: '0123456789ABCDEF0123456789ABCDEF', later: { a: [1] } });
    expect(spansOf(reader.json(jsonBytes(request([upper]))))[0]?.trace_id).toBe(
      '0123456789abcdef0123456789abcdef',
    );
  });

  it('keeps keys that name the prototype and changes no prototype', () => {
    const text = JSON.stringify(
      request([{ ...span(), attributes: [] }], { resource: { count: 1 } }),
    ).replace(
      '"attributes":[]}',
      '"__proto__":{"polluted":1},"attributes":[{"key":"__proto__","value":{"stringValue":"x"}}]}',
    );
    const [only] = spansOf(reader.json(new Uint8Array(Buffer.from(text))));
    expect(Object.entries(only?.attributes ?? {})).toEqual([['__proto__', 'x']]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text for spans', '{"resourceSpans":"x"}'],
    ['an enum by name', JSON.stringify(request([span({}, { kind: 'SPAN_KIND_CLIENT' })]))],
    ['an instant in words', JSON.stringify(request([span({}, { startTimeUnixNano: 'now' })]))],
    [
      'an integer in words',
      JSON.stringify(
        request([{ ...span(), attributes: [{ key: 'count', value: { intValue: 'x' } }] }]),
      ),
    ],
    ['a million brackets', '['.repeat(1_000_000)],
    ['65 levels', '{"a":'.repeat(65) + '1' + '}'.repeat(65)],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => reader.json(new Uint8Array(Buffer.from(text))))).toBe('bad_request');
  });
});

describe('the protobuf decoder', () => {
  it('reads a resource that stands behind its spans, and a value before its key', () => {
    const field = (tag: number, ...parts: Uint8Array[]): Uint8Array => {
      const content = Buffer.concat(parts);
      return Buffer.concat([Uint8Array.of(tag, content.length), content]);
    };
    const text = (value: string) => Buffer.from(value);
    const value = field(18, field(10, text('swapped')));
    const attribute = field(74, value, field(10, text('tool.name')));
    const ids = Buffer.concat([field(10, Buffer.alloc(16, 1)), field(18, Buffer.alloc(8, 2))]);
    const scope = field(18, field(18, ids, attribute), field(10, field(10, text('late scope'))));
    const resource = field(
      10,
      field(10, field(10, text('count')), field(18, Uint8Array.of(24, 7))),
    );
    const [only] = spansOf(reader.protobuf(new Uint8Array(field(10, scope, resource))));
    expect([only?.attributes, only?.resource, only?.scope_name]).toEqual([
      { 'tool.name': 'swapped' },
      { count: 7 },
      'late scope',
    ]);
  });

  it('replaces what is no UTF-8 in place, so that no slice holds any', () => {
    const body = encodeRequest(request([span({ 'tool.name': 'XXXXXXXX' }, { name: 'YYYY' })]));
    const bytes = Buffer.from(body.buffer);
    bytes.set([0x41, 0xed, 0xa0, 0x80, 0xc3, 0xbc, 0xff, 0xe2], bytes.indexOf('XXXXXXXX'));
    bytes.set([0xf0, 0x9f, 0x9b, 0xa0], bytes.indexOf('YYYY'));
    const [only] = spansOf(reader.protobuf(body));
    expect([only?.attributes, only?.name]).toEqual([{ 'tool.name': 'A???ü??' }, '🛠']);
  });
});

describe("OpenTelemetry's own serializers", () => {
  it('are read alike in both encodings', () => {
    const exporter = new InMemorySpanExporter();
    const provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'agent' }),
      spanProcessors: [new SimpleSpanProcessor({ exporter })],
    });
    const keys = ['service.name', 'gen_ai.tool.name', 'n', 'big', 'x', 'ok', 'list'];
    const sdkReader = createReader({ keys });
    const tracer = provider.getTracer('tests', '1');
    const attributes = {
      'gen_ai.tool.name': 'a',
      n: -3,
      big: 2 ** 40,
      x: 1.5,
      ok: false,
      list: ['a', 'b'],
    };
    const parent = tracer.startSpan('invoke_agent', { attributes });
    const child = tracer.startSpan(
      'execute_tool',
      { kind: 2, attributes: { x: Number.NaN } },
      trace.setSpan(ROOT, parent),
    );
    child.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
    child.end();
    parent.end();
    const ended = exporter.getFinishedSpans();
    const all = (decoded: Decoded) =>
      Array.from({ length: decoded.batch.spans }, (_, row) =>
        materialise(decoded.batch, row, keys),
      );
    const protobuf = all(
      sdkReader.protobuf(new Uint8Array(ProtobufTraceSerializer.serializeRequest(ended) ?? [])),
    );
    const json = all(
      sdkReader.json(new Uint8Array(JsonTraceSerializer.serializeRequest(ended) ?? [])),
    );
    expect(protobuf[1]).toMatchObject({
      name: 'invoke_agent',
      parent_span_id: '',
      attributes,
      resource: { 'service.name': 'agent' },
    });
    expect(protobuf[0]).toMatchObject({
      parent_span_id: parent.spanContext().spanId,
      status_code: 2,
    });
    // JSON cannot say NaN: the exporter writes null.
    expect(json[0]?.attributes).toEqual({ x: null });
    const alike = (spans: typeof json) => spans.map(({ attributes: _, ...rest }) => rest);
    expect(alike(json)).toEqual(alike(protobuf));
    expect(json[1]).toEqual(protobuf[1]);
  });
});
