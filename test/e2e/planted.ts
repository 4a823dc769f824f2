// OTLP requests with credentials of many kinds planted in every place that holds text, and what to search for afterwards.
import { createHash } from 'node:crypto';
import protobuf from 'protobufjs';

const PROTO = `
syntax = "proto3";
message Request { repeated ResourceSpans resourceSpans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Scope { string name = 1; repeated KeyValue attributes = 3; }
message Span {
  bytes traceId = 1; bytes spanId = 2; string name = 5; int32 kind = 6;
  fixed64 startTimeUnixNano = 7; fixed64 endTimeUnixNano = 8;
  repeated KeyValue attributes = 9; repeated Event events = 11; Status status = 15;
}
message Event { fixed64 timeUnixNano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string stringValue = 1; ArrayValue arrayValue = 5; } }
message ArrayValue { repeated AnyValue values = 1; }
`;

const HEX_DIGITS = /[0-9a-f]/g;
const seed = (n: number, kind: string) => createHash('sha256').update(`${kind}-${n}`).digest();
const hex = (n: number, kind: string) => seed(n, kind).toString('hex');
const word = (n: number, kind: string) => seed(n, kind).toString('base64url').replace(/[-_]/g, 'x');
const capitals = (n: number, kind: string) =>
  hex(n, kind).replace(HEX_DIGITS, (digit) => 'ABCDEFGHJKLMNPQR'[parseInt(digit, 16)] ?? 'A');
const jwt = (n: number) => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: hex(n, 'sub') })}.${word(n, 'sig')}`;
};

/** How each kind of credential reads, and the part of it that must never be found. */
const KINDS: readonly ((n: number) => { text: string; needle: string })[] = [
  (n) => ({
    text: `AKIA${capitals(n, 'aws').slice(0, 16)}`,
    needle: capitals(n, 'aws').slice(0, 16),
  }),
  (n) => ({ text: `ghp_${word(n, 'gh').slice(0, 36)}`, needle: word(n, 'gh').slice(0, 36) }),
  (n) => ({ text: `sk-proj-${word(n, 'sk')}`, needle: word(n, 'sk') }),
  (n) => ({ text: `xoxb-${hex(n, 'slack').slice(0, 24)}`, needle: hex(n, 'slack').slice(0, 24) }),
  (n) => ({ text: jwt(n), needle: jwt(n).slice(-30) }),
  (n) => ({ text: `Bearer ${word(n, 'bearer')}`, needle: word(n, 'bearer') }),
  (n) => ({ text: `Basic ${word(n, 'basic')}`, needle: word(n, 'basic') }),
  (n) => ({
    text: `postgres://app:${hex(n, 'pg').slice(0, 20)}@db.example/app`,
    needle: hex(n, 'pg').slice(0, 20),
  }),
  (n) => ({ text: `password=${word(n, 'pw').slice(0, 24)}`, needle: word(n, 'pw').slice(0, 24) }),
  (n) => ({
    text: `-----BEGIN PRIVATE KEY-----\n${word(n, 'pem')}\n-----END PRIVATE KEY-----`,
    needle: word(n, 'pem'),
  }),
  (n) => ({ text: `glpat-${word(n, 'gl').slice(0, 24)}`, needle: word(n, 'gl').slice(0, 24) }),
  (n) => ({ text: `AIza${word(n, 'goog').slice(0, 35)}`, needle: word(n, 'goog').slice(0, 35) }),
  (n) => ({ text: `npm_${word(n, 'npm').slice(0, 36)}`, needle: word(n, 'npm').slice(0, 36) }),
  (n) => ({ text: `sk_live_${hex(n, 'pay').slice(0, 24)}`, needle: hex(n, 'pay').slice(0, 24) }),
];

/** The ways in which a credential is wrapped; the needle of a wrapped one is as it stands there. */
const WRAPS: readonly ((planted: { text: string; needle: string }) => {
  text: string;
  needle: string;
})[] = [
  (planted) => planted,
  ({ text, needle }) => ({ text: `calling with ${text} now`, needle }),
  ({ text, needle }) => ({ text: JSON.stringify({ config: { header: text } }), needle }),
  ({ text, needle }) => ({
    text: JSON.stringify({ inner: JSON.stringify({ deep: [text] }) }),
    needle,
  }),
  ({ text, needle }) => ({ text: encodeURIComponent(text), needle }),
  ({ text }) => {
    const encoded = Buffer.from(text).toString('base64');
    return { text: encoded, needle: encoded.slice(4, -4) };
  },
];

const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });

interface Span {
  name: string;
  attributes: object[];
  events: object[];
  status: { message?: string };
}

/** The places of a span that hold text. */
const PLACES: readonly ((span: Span, text: string) => void)[] = [
  (span, text) => span.attributes.push(attribute('app.note', text)),
  (span, text) => span.attributes.push(attribute('gen_ai.tool.call.arguments', text)),
  (span, text) => (span.name = `call ${text}`),
  (span, text) =>
    span.events.push({ timeUnixNano: '1', name: 'log', attributes: [attribute('body', text)] }),
  (span, text) => span.events.push({ timeUnixNano: '1', name: text, attributes: [] }),
  (span, text) => (span.status = { message: text }),
  (span, text) => span.attributes.push(attribute('gen_ai.tool.name', text)),
  (span, text) => span.attributes.push(attribute('http.request.header.authorization', text)),
  (span, text) => span.attributes.push(attribute('footprint.credential.fingerprint', text)),
  (span, text) => span.attributes.push(attribute('footprint.credential.id', text)),
  (span, text) =>
    span.attributes.push({
      key: 'footprint.policy.rules',
      value: { arrayValue: { values: [{ stringValue: text }] } },
    }),
];

/** A request of one trace that carries `count` planted credentials, one a span. */
const request = (from: number, count: number) => {
  const needles: string[] = [];
  const spans = Array.from({ length: count }, (_, i) => {
    const n = from + i;
    const kind = KINDS[n % KINDS.length];
    const wrap = WRAPS[Math.floor(n / KINDS.length) % WRAPS.length];
    const place = PLACES[n % PLACES.length];
    if (kind === undefined || wrap === undefined || place === undefined) throw new Error('no kind');
    const { text, needle } = wrap(kind(n));
    needles.push(needle);
    const at = String((BigInt(Date.now()) - 60_000n) * 1_000_000n);
    const span: Span & Record<string, unknown> = {
      traceId: hex(from, 'trace').slice(0, 32),
      spanId: hex(n, 'span').slice(0, 16),
      name: 'execute_tool probe',
      kind: 1,
      startTimeUnixNano: at,
      endTimeUnixNano: at,
      attributes: [
        attribute('gen_ai.operation.name', 'execute_tool'),
        attribute('gen_ai.agent.name', 'planter'),
      ],
      events: [],
      status: {},
    };
    place(span, text);
    return span;
  });
  const resource = { attributes: [attribute('service.name', 'planter')] };
  return { needles, body: { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }, count };
};

type Body = ReturnType<typeof request>['body'];

const encode = (body: Body): Buffer => {
  const type = protobuf.parse(PROTO, { keepCase: true }).root.lookupType('Request');
  const bytes = (text: unknown) => Buffer.from(String(text), 'hex');
  const spans = body.resourceSpans[0]?.scopeSpans[0]?.spans.map((span) => ({
    ...span,
    traceId: bytes(span['traceId']),
    spanId: bytes(span['spanId']),
  }));
  const whole = { resourceSpans: [{ ...body.resourceSpans[0], scopeSpans: [{ spans }] }] };
  return Buffer.from(type.encode(type.fromObject(whole)).finish());
};

/** Requests of 25 spans, every second one in protobuf, with `count` credentials in all. */
export const plantedRequests = (
  count: number,
): { requests: { type: string; body: Buffer; count: number }[]; needles: string[] } => {
  const size = 25;
  const all = Array.from({ length: Math.ceil(count / size) }, (_, i) => request(i * size, size));
  return {
    needles: all.flatMap(({ needles }) => needles),
    requests: all.map(({ body, count: spans }, i) =>
      i % 2 === 0
        ? { type: 'application/json', body: Buffer.from(JSON.stringify(body)), count: spans }
        : { type: 'application/x-protobuf', body: encode(body), count: spans },
    ),
  };
};
