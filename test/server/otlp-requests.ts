// Requests for the tests of the decoder and the receiver, as OTLP JSON.
import { randomBytes } from 'node:crypto';

export type Value =
  | string
  | boolean
  | bigint
  | number
  | string[]
  | { double: number }
  | { map: Record<string, Value> }
  | { values: Value[] }
  | null;

/** An AnyValue in JSON; numbers are integers, doubles are marked. */
export const anyValue = (value: Value): Record<string, unknown> => {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint' || typeof value === 'number') return { intValue: String(value) };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if ('double' in value) return { doubleValue: value.double };
  if ('values' in value) return { arrayValue: { values: value.values.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value.map) } };
};

export const keyValues = (attributes: Record<string, Value>) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));

export const hexId = (bytes: number): string => randomBytes(bytes - 1).toString('hex') + '01';

/** A span with defaults for what a test does not care about. */
export const span = (
  attributes: Record<string, Value> = {},
  more: Record<string, unknown> = {},
): Record<string, unknown> => ({
  traceId: hexId(16),
  spanId: hexId(8),
  name: 'execute_tool read_mail',
  kind: 1,
  startTimeUnixNano: '1795000000123456789',
  endTimeUnixNano: '1795000000223456789',
  attributes: keyValues(attributes),
  ...more,
});

export const request = (
  spans: unknown[],
  { resource = {}, scope = 'agent' }: { resource?: Record<string, Value>; scope?: string } = {},
): Record<string, unknown> => ({
  resourceSpans: [
    {
      resource: { attributes: keyValues(resource) },
      scopeSpans: [{ scope: { name: scope, version: '1' }, spans }],
    },
  ],
});

export const jsonBytes = (value: unknown): Uint8Array =>
  new Uint8Array(Buffer.from(JSON.stringify(value)));
