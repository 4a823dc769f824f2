// Hostile bodies of logs: the reader agrees with protobufjs, or refuses with an AppError, soon and inside the body.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../server/errors.ts';
import { OBJECTS_MAX } from '../../server/otlp/limits.ts';
import { createReader } from '../../server/otlp/reader.ts';
import { decodeLogs } from '../../server/otlp/wire-logs.ts';
import { translateLogs } from '../../server/translate/log-records.ts';
import { decodeLogsRequest, encodeLogsRequest } from './otlp-proto.ts';
import { anyValue, hexId, keyValues, type Value } from './otlp-requests.ts';

/** The seed is the run's own and is printed on failure. */
const RUNS = { numRuns: 400 };

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }),
  fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 4 }),
  fc.double({ noNaN: true }).map((double) => ({ double })),
  fc.constant(null),
  fc.dictionary(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 })).map((map) => ({ map })),
);
const key = fc.oneof(
  fc.constantFrom('event.name', 'gen_ai.tool.name', 'decision', 'session.id', 'tool_name'),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);
const attributes = fc
  .dictionary(key, value, { maxKeys: 8, noNullPrototype: true })
  .map((told) => keyValues(told));
const nanoseconds = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const record = fc.record(
  {
    timeUnixNano: nanoseconds,
    observedTimeUnixNano: nanoseconds,
    severityNumber: fc.integer({ min: 0, max: 24 }),
    severityText: fc.string({ maxLength: 8 }),
    body: value.map(anyValue),
    attributes,
    flags: fc.nat(255),
    traceId: fc.constant('').map(() => hexId(16)),
    spanId: fc.constant('').map(() => hexId(8)),
    eventName: fc.constantFrom('claude_code.tool_decision', 'footprint.decision', 'deno', ''),
  },
  { requiredKeys: [] },
);
const requests = fc
  .array(
    fc.record({
      resource: attributes.map((told) => ({ attributes: told })),
      scopeLogs: fc.array(
        fc.record({
          scope: fc.constant({ name: 'agent' }),
          logRecords: fc.array(record, { maxLength: 4 }),
        }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 3 },
  )
  .map((resourceLogs) => ({ resourceLogs }));

/** A body inside a larger buffer, so that a read outside of it would find something. */
const embedded = (body: Uint8Array): Uint8Array => {
  const around = new Uint8Array(body.length + 128).fill(0x0a);
  around.set(body, 64);
  return around.subarray(64, 64 + body.length);
};
const isWholeAround = (body: Uint8Array): boolean =>
  new Uint8Array(body.buffer, 0, 64).every((byte) => byte === 0x0a) &&
  new Uint8Array(body.buffer, body.byteOffset + body.length).every((byte) => byte === 0x0a);

/** What of protobufjs' values is read here, in OTLP's JSON encoding. */
const PASSED_OVER = ['scope', 'severityNumber', 'severityText', 'flags', 'kvlistValue'];
const asOurs = (theirs: unknown, name = ''): unknown => {
  if (name === 'traceId' || name === 'spanId')
    return Buffer.from(theirs as number[]).toString('hex');
  if (Array.isArray(theirs)) return theirs.map((one) => asOurs(one));
  if (typeof theirs !== 'object' || theirs === null) return theirs;
  return Object.fromEntries(
    Object.entries(theirs)
      .filter(([field]) => !PASSED_OVER.includes(field))
      .map(([field, inner]) => [field, asOurs(inner, field)]),
  );
};

/** Decodes and translates; what is refused is refused with an AppError. */
const judge = (body: Uint8Array): 'decoded' | 'bad_request' => {
  try {
    translateLogs(decodeLogs(body));
    return 'decoded';
  } catch (error) {
    if (error instanceof AppError && error.code === 'bad_request') return error.code;
    throw error;
  }
};
const readsTheirs = (body: Uint8Array): boolean => {
  try {
    decodeLogsRequest(body);
    return true;
  } catch {
    return false;
  }
};

describe('any request of logs', () => {
  it('is what protobufjs reads in it', () => {
    fc.assert(
      fc.property(requests, (json) => {
        const body = encodeLogsRequest(json);
        expect(decodeLogs(embedded(body))).toEqual(asOurs(decodeLogsRequest(body)));
      }),
      RUNS,
    );
  });

  it('says the last of several values of one attribute', () => {
    // stringValue "a", then boolValue true.
    const any = [0x0a, 0x01, 0x61, 0x10, 0x01];
    const attribute = [0x12, any.length, ...any];
    const logRecord = [0x32, attribute.length, ...attribute];
    const scope = [0x12, logRecord.length, ...logRecord];
    const resource = [0x12, scope.length, ...scope];
    const told = decodeLogs(new Uint8Array([0x0a, resource.length, ...resource]));
    expect(told).toEqual({
      resourceLogs: [
        { scopeLogs: [{ logRecords: [{ attributes: [{ value: { boolValue: true } }] }] }] },
      ],
    });
  });
});

describe('a hostile body of logs', () => {
  it('is decoded or refused wherever it is cut, and decoded where protobufjs can', () => {
    const [json] = fc.sample(requests, { numRuns: 1, seed: 7 });
    const body = encodeLogsRequest(json ?? {});
    expect(body.length).toBeGreaterThan(100);
    for (let end = 0; end <= body.length; end++) {
      const cut = body.subarray(0, end);
      expect(judge(embedded(cut)) === 'decoded').toBe(readsTheirs(cut));
    }
  });

  it('is decoded or refused with any bytes changed, and nothing around it is read or written', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(requests, changes, (json, changed) => {
        const body = embedded(encodeLogsRequest(json));
        if (body.length === 0) return;
        for (const [at, byte] of changed) body[at % body.length] = byte;
        judge(body);
        expect(isWholeAround(body)).toBe(true);
      }),
      RUNS,
    );
  });

  it('is decoded or refused when it is noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => void judge(embedded(noise))),
      RUNS,
    );
  });

  it('is refused when values are nested deeper than 64, long before the stack ends', () => {
    const list = (inner: number[]): number[] => {
      const wrap = (tag: number, bytes: number[]) => {
        const { length } = bytes;
        return [tag, (length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14, ...bytes];
      };
      return wrap(0x2a, wrap(0x0a, inner));
    };
    const deep = (depth: number): Uint8Array => {
      let any: number[] = [0x10, 0x01];
      for (let i = 0; i < depth; i++) any = list(any);
      let body = any;
      // body of a record, record of a scope, scope of a resource, resource of the request.
      for (const tag of [0x2a, 0x12, 0x12, 0x0a]) {
        const { length } = body;
        body = [tag, (length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14, ...body];
      }
      return new Uint8Array(body);
    };
    expect(judge(deep(30))).toBe('decoded');
    expect(judge(deep(31))).toBe('bad_request');
    expect(judge(deep(500))).toBe('bad_request');
  });

  it('is refused when it is millions of empty messages, before they fill the memory', () => {
    const body = new Uint8Array(2 * OBJECTS_MAX);
    for (let at = 0; at < body.length; at += 2) body[at] = 0x0a;
    expect(() => decodeLogs(body)).toThrow(/more than 4194304 objects/);
    const json = Buffer.from(`[${'{},'.repeat(OBJECTS_MAX)}{}]`);
    expect(() => createReader({ keys: [] }).parse(json)).toThrow(/more than 4194304 objects/);
  });
});
