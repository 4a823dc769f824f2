// A real server on a folder of its own, and spans to send it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../server/config.ts';
import { createLog } from '../../server/log.ts';
import { openParts, type Parts } from '../../server/main.ts';

export const quietLog = createLog({ level: 'silent', now: () => Date.now() });

/** A folder that is gone after the test. */
export const temporaryFolder = async (): Promise<{ path: string; remove: () => Promise<void> }> => {
  const path = await mkdtemp(join(tmpdir(), 'footprint-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
};

export const configFor = (folder: string): Config => ({
  data: join(folder, 'data'),
  host: '127.0.0.1',
  port: 0,
  grpc_port: 0,
  log_level: 'silent',
  reports: join(folder, 'reports'),
  report_output: join(folder, 'out'),
  webhook_hosts: [],
  smtp_url: null,
  smtp_from: 'footprint@localhost',
  too_young: [],
});

export const openTestParts = (folder: string, web = join(folder, 'dist')): Promise<Parts> =>
  openParts({ config: configFor(folder), log: quietLog, now: () => Date.now(), web });

type Value = string | number | boolean | readonly string[];

export interface TestSpan {
  trace: string;
  span: string;
  parent?: string;
  name: string;
  /** Milliseconds since 1970. */
  at: number;
  ms?: number;
  attributes?: Record<string, Value>;
}

const valueOf = (value: Value): unknown => {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return { intValue: String(value) };
  return { arrayValue: { values: value.map((item) => ({ stringValue: item })) } };
};

const attributesOf = (attributes: Record<string, Value>) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));

/** An OTLP JSON request. */
export const otlpJson = (
  spans: readonly TestSpan[],
  resource: Record<string, Value> = { 'service.name': 'shop' },
): string =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [
          {
            scope: { name: 'test' },
            spans: spans.map(({ trace, span, parent, name, at, ms = 10, attributes = {} }) => ({
              traceId: trace,
              spanId: span,
              ...(parent === undefined ? {} : { parentSpanId: parent }),
              name,
              kind: 1,
              startTimeUnixNano: `${at}000000`,
              endTimeUnixNano: `${at + ms}000000`,
              attributes: attributesOf(attributes),
            })),
          },
        ],
      },
    ],
  });

/** A trace of an agent with an offered tool that it used, one that it did not, an allowed and a denied decision, and a token. */
export const agentTrace = (trace: string, at: number): TestSpan[] => {
  const agent = { 'gen_ai.agent.name': 'booker', 'footprint.session.id': `s-${trace.slice(-4)}` };
  const parent = '1000000000000001';
  const instant = (ms: number): string => new Date(ms).toISOString();
  const decision = (id: string, effect: string, permission: string) => ({
    'footprint.schema': 1,
    'footprint.permission': permission,
    'footprint.decision.id': id,
    'footprint.decision.effect': effect,
    'footprint.decision.reason': effect === 'deny' ? '=cmd()' : 'rule_matched',
    'footprint.policy.engine': 'cedar',
    'footprint.policy.id': 'booking',
    'footprint.policy.rules': ['policy0'],
    'footprint.resource.type': 'calendar',
    'footprint.resource.id': 'cal-7',
    'footprint.principal.id': 'booker',
  });
  return [
    {
      trace,
      span: parent,
      name: 'invoke_agent booker',
      at,
      ms: 5000,
      attributes: { 'gen_ai.operation.name': 'invoke_agent', ...agent, 'user.id': 'ann' },
    },
    {
      trace,
      span: '1000000000000002',
      parent,
      name: 'chat',
      at: at + 10,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.tool.definitions': JSON.stringify([
          { type: 'function', name: 'search_flights' },
          { type: 'function', name: 'delete_booking' },
        ]),
      },
    },
    {
      trace,
      span: '1000000000000003',
      parent,
      name: 'authorize calendar.read',
      at: at + 20,
      attributes: decision(`d1-${trace}`, 'allow', 'oauth:calendar.read'),
    },
    {
      trace,
      span: '1000000000000004',
      parent,
      name: 'authorize calendar.write',
      at: at + 30,
      attributes: decision(`d2-${trace}`, 'deny', 'oauth:calendar.write'),
    },
    {
      trace,
      span: '1000000000000005',
      parent,
      name: 'issue_credential oauth_access_token',
      at: at + 40,
      attributes: {
        'footprint.schema': 1,
        'footprint.credential.fingerprint': `f-${trace}`,
        'footprint.credential.type': 'oauth_access_token',
        'footprint.credential.issued_at': instant(at + 40),
        'footprint.credential.expires_at': instant(at + 3_600_040),
        'footprint.credential.scopes': ['calendar.read', 'calendar.write'],
      },
    },
    {
      trace,
      span: '1000000000000006',
      parent,
      name: 'execute_tool search_flights',
      at: at + 60,
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'search_flights',
        'footprint.credential.fingerprint': `f-${trace}`,
      },
    },
  ];
};
