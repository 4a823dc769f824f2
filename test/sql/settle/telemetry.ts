// Telemetry in few words for tests: spans by letters and seconds, made into OTLP JSON and read by the real decoder and facts.
import { createFacts, FACT_KEYS } from '../../../server/facts/facts.ts';
import { createGroup } from '../../../server/model/group.ts';
import { createReader } from '../../../server/otlp/reader.ts';
import { readFacts, type SpanFacts } from '../../facts-rows.ts';

type Value = string | number | boolean | readonly string[];

/** One span: `t` is its trace, `id` and `in` its own and its parent's letter, `from` and `to` seconds after the start. */
export interface Told {
  t?: string;
  id: string;
  in?: string;
  name?: string;
  from?: number;
  to?: number;
  error?: boolean;
  service?: string;
  environment?: string;
  scope?: string;
  state?: string;
  kind?: number;
  is: Record<string, Value>;
}

/** Second 0 of all tests. */
export const START = Date.parse('2026-03-02T08:00:00Z');

const hex = (text: string, digits: number): string =>
  Buffer.from(text).toString('hex').padStart(digits, '0').slice(-digits);

export const traceId = (trace: string): string => hex(trace, 32);
export const spanId = (id: string): string => hex(id, 16);

const nanos = (seconds: number): string =>
  `${BigInt(START) * 1_000_000n + BigInt(Math.round(seconds * 1e6)) * 1000n}`;

const anyValue = (value: Value): unknown => {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  return { arrayValue: { values: value.map(anyValue) } };
};

export const attributes = (is: Record<string, Value>): unknown[] =>
  Object.entries(is).map(([key, value]) => ({ key, value: anyValue(value) }));

/** A request in OTLP JSON, a resource a span. */
export const request = (spans: readonly Told[]): string =>
  JSON.stringify({
    resourceSpans: spans.map((span) => ({
      resource: {
        attributes: attributes({
          ...(span.service === '' ? {} : { 'service.name': span.service ?? 'desk' }),
          ...(span.environment === undefined
            ? {}
            : { 'deployment.environment.name': span.environment }),
        }),
      },
      scopeSpans: [
        {
          scope: { name: span.scope ?? 'test' },
          spans: [
            {
              traceId: traceId(span.t ?? 't'),
              spanId: spanId(span.id),
              ...(span.in === undefined ? {} : { parentSpanId: spanId(span.in) }),
              ...(span.state === undefined ? {} : { traceState: span.state }),
              name: span.name ?? span.id,
              kind: span.kind ?? 1,
              startTimeUnixNano: nanos(span.from ?? 0),
              endTimeUnixNano: nanos(span.to ?? (span.from ?? 0) + 1),
              attributes: attributes(span.is),
              status: span.error === true ? { code: 2 } : {},
            },
          ],
        },
      ],
    })),
  });

/** When all of it came: days after the last span of any test. */
export const RECEIVED = {
  workspace: 'default',
  received_at: (START + 300 * 86_400_000) * 1000,
  attested: true,
  position: { segment: 1, offset: 56 },
};
const reader = createReader({ keys: FACT_KEYS });
const facts = createFacts({ pseudonym: (id) => `p-${id}` });

/** What the server makes of the spans. */
export const toFacts = (spans: readonly Told[]): SpanFacts[] => {
  const group = createGroup();
  facts(reader.json(Buffer.from(request(spans))).batch, RECEIVED, group);
  return readFacts(group);
};
