// Hostile bodies: whatever arrives, the decoder and the redactor answer with columns inside the body or with an AppError.
import fc from 'fast-check';
import { isUtf8 } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../server/errors.ts';
import { createRedactor } from '../../server/ingest/redact.ts';
import { type Attributes, type Decoded, VALUE } from '../../server/otlp/batch.ts';
import { materialise } from '../../server/otlp/materialise.ts';
import { createReader } from '../../server/otlp/reader.ts';
import { decodeRequest, encodeRequest } from './otlp-proto.ts';
import { jsonBytes, request, span, type Value } from './otlp-requests.ts';

const KEYS = ['tool.name', 'count', 'ratio', 'cached', 'scopes', 'llm.tools.*.tool.json_schema'];
const reader = createReader({ keys: KEYS });
const redactor = createRedactor();
/** Few, since the whole suite is to be quick; the seed is the run's own and is printed on failure. */
const RUNS = { numRuns: 400 };

const slicesOf = ({ batch }: Decoded): [number, number][] => {
  const slices: [number, number][] = [];
  const take = (column: Uint32Array, at: number) =>
    slices.push([column[at * 2] ?? -1, column[at * 2 + 1] ?? -1]);
  const attributes = (owned: Attributes, owners: number) => {
    for (let row = 0; row < (owned.first[owners] ?? 0); row++) {
      expect(owned.key[row]).toBeLessThan(KEYS.length);
      if (owned.kind[row] === VALUE.string) take(owned.slice, row);
      if (owned.kind[row] !== VALUE.list) continue;
      const first = owned.slice[row * 2] ?? 0;
      for (let i = 0; i < (owned.slice[row * 2 + 1] ?? 0); i++) take(batch.item_slices, first + i);
    }
  };
  for (let row = 0; row < batch.spans; row++) {
    take(batch.name, row);
    take(batch.trace_state, row);
    take(batch.scope_name, row);
    expect(batch.resource[row]).toBeLessThan(batch.resources);
  }
  attributes(batch.attributes, batch.spans);
  attributes(batch.resource_attributes, batch.resources);
  return slices;
};

const judge = (run: () => Decoded): string => {
  let decoded: Decoded;
  try {
    decoded = run();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  const { bytes } = decoded.batch;
  for (const [offset, length] of slicesOf(decoded)) {
    expect(offset + length).toBeLessThanOrEqual(bytes.length);
    expect(isUtf8(bytes.subarray(offset, offset + length))).toBe(true);
  }
  return 'decoded';
};

/** A body inside a larger buffer, so that a read outside of it would find something. */
const embedded = (body: Uint8Array): Uint8Array => {
  const around = new Uint8Array(body.length + 128).fill(0x0a);
  around.set(body, 64);
  return around.subarray(64, 64 + body.length);
};

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }),
  fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 4 }),
  // JSON.stringify writes -0 as 0.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((double) => ({ double: double + 0 })),
  fc.constant(null),
  fc.dictionary(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 })).map((map) => ({ map })),
);
const key = fc.oneof(
  fc.constantFrom(...KEYS.slice(0, 5), 'llm.tools.3.tool.json_schema'),
  fc.string({ maxLength: 20 }),
);
const spans = fc.array(
  fc.record({
    attributes: fc.dictionary(key, value, { maxKeys: 8, noNullPrototype: true }),
    name: fc.string({ unit: 'grapheme', maxLength: 30 }),
    kind: fc.integer({ min: 0, max: 5 }),
  }),
  { maxLength: 5 },
);
const requests = fc
  .tuple(spans, fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true }))
  .map(([made, resource]) =>
    request(
      made.map(({ attributes, name, kind }) => span(attributes, { name, kind })),
      { resource },
    ),
  );

const spansOf = ({ batch }: Decoded) =>
  Array.from({ length: batch.spans }, (_, row) => materialise(batch, row, KEYS));

describe('any request', () => {
  it('is the same span by span in protobuf, in JSON and by protobufjs', () => {
    fc.assert(
      fc.property(requests, (json) => {
        const body = encodeRequest(json);
        const protobuf = spansOf(reader.protobuf(embedded(body)));
        expect(spansOf(reader.json(jsonBytes(json)))).toEqual(protobuf);
        const read = decodeRequest(body) as {
          resourceSpans?: { scopeSpans?: { spans?: { name?: string; kind?: number }[] }[] }[];
        };
        const theirs = (read.resourceSpans ?? []).flatMap((resource) =>
          (resource.scopeSpans ?? []).flatMap((scope) => scope.spans ?? []),
        );
        expect(protobuf.map(({ name, kind }) => [name, kind])).toEqual(
          theirs.map(({ name = '', kind = 0 }) => [name, kind]),
        );
      }),
      RUNS,
    );
  });
});

describe('a hostile body', () => {
  it('is refused or decoded inside its bounds wherever it is cut', () => {
    const body = encodeRequest(
      request([span({ 'tool.name': 'x', scopes: ['a'] }), span({ count: 1 })]),
    );
    const outcomes = new Set<string>();
    for (let end = 0; end <= body.length; end++) {
      const cut = embedded(body.subarray(0, end));
      outcomes.add(judge(() => reader.protobuf(cut)));
    }
    expect([...outcomes].sort()).toEqual(['bad_request', 'decoded']);
  });

  it('is refused or decoded inside its bounds with any bytes changed, and so it is redacted', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(requests, changes, (json, changed) => {
        const body = embedded(encodeRequest(json));
        if (body.length === 0) return;
        for (const [at, byte] of changed) body[at % body.length] = byte;
        judge(() => {
          const decoded = reader.protobuf(body);
          redactor.protobuf(body);
          return decoded;
        });
        expect(
          new Uint8Array(body.buffer, body.byteOffset + body.length, 64).every((b) => b === 0x0a),
        ).toBe(true);
        expect(new Uint8Array(body.buffer, 0, 64).every((b) => b === 0x0a)).toBe(true);
      }),
      RUNS,
    );
  });

  it('is refused or decoded when it is noise, in protobuf and in JSON', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        judge(() => reader.protobuf(embedded(noise)));
        judge(() => reader.json(noise));
      }),
      RUNS,
    );
  });

  it('is refused or decoded when it is JSON of another shape', () => {
    fc.assert(
      fc.property(fc.jsonValue(), requests, (other, json) => {
        judge(() => reader.json(jsonBytes(other)));
        judge(() => reader.json(jsonBytes({ ...json, resourceSpans: other })));
        const spoilt = request([span({}, { attributes: other })]);
        judge(() => reader.json(jsonBytes(spoilt)));
      }),
      RUNS,
    );
  });

  it('is refused when values are nested 33 deep, and kept at 32', () => {
    const nested = (depth: number): Value => (depth === 1 ? 'x' : { values: [nested(depth - 1)] });
    const body = (depth: number) => encodeRequest(request([span({ deep: nested(depth) })]));
    expect(redactor.protobuf(body(32))).toBe(false);
    expect(() => redactor.protobuf(body(33))).toThrow(AppError);
  });

  it('costs little with 10,000 keys made to collide', () => {
    const attributes = Array.from({ length: 10_000 }, (_, i) => ({
      key: `tool${String(i).padStart(5, '0')}.name`,
      value: { stringValue: 'x' },
    }));
    const body = encodeRequest({
      resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span()] }] }],
    });
    const began = performance.now();
    expect(reader.protobuf(body).batch.spans).toBe(1);
    redactor.protobuf(body);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
