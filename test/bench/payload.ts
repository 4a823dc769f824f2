// Realistic OTLP requests for the benchmarks: agents that authorize, call tools and hold tokens, 12 spans a trace, about 1 KB a span.
import protobuf from 'protobufjs';

const PROTO = `
syntax = "proto3";
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Scope { string name = 1; string version = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4;
  string name = 5; int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9; Status status = 15;
}
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue {
  oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3;
    double double_value = 4; ArrayValue array_value = 5; }
}
message ArrayValue { repeated AnyValue values = 1; }
`;

/** The request type, for the benchmark's obvious build too. */
export const requestType = () => protobuf.parse(PROTO).root.lookupType('Request');

type Value = string | number | boolean | string[];
type Attributes = Record<string, Value>;

const anyValue = (value: Value): object => {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return { intValue: value };
  return { arrayValue: { values: value.map(anyValue) } };
};

const keyValues = (attributes: Attributes) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));

/** mulberry32, so that two runs send the same shapes. */
const generator = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

const SYSTEMS = ['crm', 'calendar', 'mail', 'orders', 'payments', 'files', 'repo', 'db'];
const VERBS = ['read', 'list', 'search', 'create', 'update', 'delete', 'send', 'share'];
const TOOLS = SYSTEMS.flatMap((system) => VERBS.map((verb) => `${verb}_${system}`));
/** Spans of one trace: one run of an agent with three decided tool calls. */
const TRACE_SPANS = 12;
/** Digits at a patched value's end that are replaced, so that every request's ids are its own. */
const PATCHED_DIGITS = 12;
const PATCHED_KEYS = new Set([
  'gen_ai.conversation.id',
  'gen_ai.tool.call.id',
  'footprint.session.id',
  'footprint.decision.id',
  'footprint.credential.fingerprint',
]);

const toolsOf = (agent: number) =>
  Array.from({ length: 16 }, (_, i) => TOOLS[(agent * 7 + i * 3) % TOOLS.length] ?? '');

const common = (agent: number, session: string): Attributes => ({
  'gen_ai.agent.name': `team-${agent % 40}-agent-${agent}`,
  'gen_ai.conversation.id': session,
  'footprint.schema': 1,
  'footprint.session.id': session,
  'footprint.session.goal': `goal-${agent % 9}`,
  'footprint.agent.identity.id': `spiffe://corp.example/agent/team-${agent % 40}/agent-${agent}`,
  'footprint.agent.identity.type': 'workload',
  'footprint.delegation.type': 'on_behalf_of',
  'user.id': `user-${agent % 5000}`,
  'host.name': `node-${agent % 12}.eu-west-1.example.internal`,
  'app.request.id': `req-${session}`,
  'app.region': 'eu-west-1',
  'app.release': '2026.11.3+build.4817',
  'app.tenant': `tenant-${agent % 120}`,
});

/** One template of a request: `spans` spans; ids and instants are patched for every sending. */
const template = (seed: number, spans: number) => {
  const random = generator(seed);
  const pick = (n: number) => Math.floor(random() * n);
  const hex = (n: number) => Array.from({ length: n }, () => pick(16).toString(16)).join('');
  const bytes = (n: number) => Uint8Array.from({ length: n }, () => 1 + pick(255));
  const list: object[] = [];
  while (list.length + TRACE_SPANS <= spans) list.push(...trace({ pick, hex, bytes }));
  while (list.length < spans) list.push(...trace({ pick, hex, bytes }).slice(0, 1));
  return {
    resourceSpans: [
      {
        resource: {
          attributes: keyValues({
            'service.name': `agents-${seed % 8}`,
            'service.version': '2.3.1',
            'deployment.environment.name': 'production',
            'telemetry.sdk.language': 'nodejs',
          }),
        },
        scopeSpans: [{ scope: { name: 'bench', version: '1' }, spans: list }],
      },
    ],
  };
};

interface Random {
  pick: (n: number) => number;
  hex: (n: number) => string;
  bytes: (n: number) => Uint8Array;
}

const trace = ({ pick, hex, bytes }: Random): object[] => {
  const agent = Math.floor((pick(1000) / 1000) ** 3 * 2000);
  const tools = toolsOf(agent);
  const session = `conv-${hex(20)}`;
  const fingerprint = hex(32);
  const base = common(agent, session);
  const traceId = bytes(16);
  const rootId = bytes(8);
  const span = (name: string, ms: number, attributes: Attributes, root = false) => ({
    traceId,
    spanId: root ? rootId : bytes(8),
    ...(root ? {} : { parentSpanId: rootId }),
    name,
    kind: 1,
    startTimeUnixNano: ms + 1,
    endTimeUnixNano: ms + 1,
    attributes: keyValues({ ...base, ...attributes }),
    status: {},
  });
  const spans: object[] = [
    span('invoke_agent', 0, { 'gen_ai.operation.name': 'invoke_agent' }, true),
    span('issue_credential oauth_access_token', 0, {
      'footprint.credential.fingerprint': fingerprint,
      'footprint.credential.type': 'oauth_access_token',
      'footprint.credential.issuer': 'https://issuer.example.com',
      'footprint.credential.scopes': tools.slice(0, 6).map((tool) => tool.replace('_', '.')),
    }),
  ];
  for (let i = 0; i < 3; i += 1) {
    const tool = tools[Math.floor((pick(1000) / 1000) ** 2 * 10)] ?? '';
    const decision = `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`;
    const denied = pick(20) === 0;
    spans.push(chat(span, tools), authorize(span, tool, decision, denied));
    if (denied) continue;
    spans.push(
      span(`execute_tool ${tool}`, 0, {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': tool,
        'gen_ai.tool.call.id': `call_${hex(24)}`,
        'gen_ai.tool.type': 'function',
        'footprint.decision.id': decision,
        'footprint.credential.fingerprint': fingerprint,
        'footprint.permission': `tool:${tool}`,
        'footprint.resource.type': tool.split('_')[1] ?? '',
        'footprint.resource.id': `${tool}/${pick(5000)}`,
      }),
    );
  }
  while (spans.length < TRACE_SPANS) spans.push(chat(span, tools));
  return spans;
};

type MakeSpan = (name: string, ms: number, attributes: Attributes) => object;

const chat = (span: MakeSpan, tools: string[]) =>
  span('chat gpt', 0, {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'large-model-5.2',
    'gen_ai.usage.input_tokens': 1200,
    'gen_ai.usage.output_tokens': 300,
    'gen_ai.tool.definitions': JSON.stringify(tools.map((name) => ({ type: 'function', name }))),
  });

const authorize = (span: MakeSpan, tool: string, decision: string, denied: boolean) =>
  span(`authorize tool:${tool}`, 0, {
    'footprint.permission': `tool:${tool}`,
    'footprint.decision.id': decision,
    'footprint.decision.effect': denied ? 'deny' : 'allow',
    'footprint.decision.enforcement': 'enforced',
    'footprint.decision.reason': denied ? 'scope not granted' : 'policy matched',
    'footprint.policy.engine': 'cedar',
    'footprint.policy.id': `policy-${tool}`,
    'footprint.policy.version': '41c0',
    'footprint.policy.rules': [`permit-${tool}`],
  });

/** An encoded template and where in it stand the bytes that differ from sending to sending. */
export interface Template {
  body: Buffer;
  spans: number;
  ids: number[];
  times: number[];
  digits: number[];
}

/** Walks the encoded request once and notes the offsets of ids, instants and patched attribute values. */
const locate = (body: Buffer, spans: number): Template => {
  const found: Template = { body, spans, ids: [], times: [], digits: [] };
  const varint = (at: number): [number, number] => {
    let value = 0;
    for (let shift = 0; ; shift += 7, at += 1) {
      const byte = body[at] ?? 0;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return [value, at + 1];
    }
  };
  const each = (
    from: number,
    to: number,
    visit: (field: number, at: number, end: number) => void,
  ) => {
    for (let at = from; at < to;) {
      const [tag, next] = varint(at);
      const wire = tag & 7;
      const [size, start] = wire === 2 ? varint(next) : [wire === 1 ? 8 : 0, next];
      const end = wire === 0 ? varint(next)[1] : start + size;
      visit(tag >> 3, start, end);
      at = end;
    }
  };
  const attribute = (from: number, to: number) => {
    let key = '';
    each(from, to, (field, at, end) => {
      if (field === 1) key = body.toString('latin1', at, end);
      if (field === 2 && PATCHED_KEYS.has(key)) found.digits.push(end - PATCHED_DIGITS);
    });
  };
  const span = (from: number, to: number) => {
    each(from, to, (field, at, end) => {
      if (field === 1 || field === 2 || field === 4) found.ids.push(at);
      if (field === 7 || field === 8) found.times.push(at);
      if (field === 9) attribute(at, end);
    });
  };
  each(0, body.length, (f1, a1, e1) => {
    if (f1 === 1)
      each(a1, e1, (f2, a2, e2) => {
        if (f2 === 2)
          each(a2, e2, (f3, a3, e3) => {
            if (f3 === 2) span(a3, e3);
          });
      });
  });
  return found;
};

/** Encoded templates, to be stamped by `stamp`. */
export const templates = (count: number, spans: number): Template[] => {
  const type = requestType();
  return Array.from({ length: count }, (_, seed) =>
    locate(Buffer.from(type.encode(type.fromObject(template(seed, spans))).finish()), spans),
  );
};

/** A copy of the template with ids, instants and session names of its own. `serial` must differ from sending to sending. */
export const stamp = (from: Template, serial: number, startedMs: number): Buffer => {
  const body = Buffer.from(from.body);
  for (const at of from.ids) body.writeUInt32BE(serial, at);
  const digits = serial.toString(16).padStart(PATCHED_DIGITS - 4, '0');
  for (const at of from.digits) body.write(digits, at, 'latin1');
  from.times.forEach((at, i) => {
    const ns = (BigInt(startedMs) + BigInt(Math.floor(i / 2) * 3 + (i % 2) * 2)) * 1_000_000n;
    body.writeBigUInt64LE(ns, at);
  });
  return body;
};
