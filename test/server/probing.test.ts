// An agent that asks "may I?" for all that it holds, again and again, and acts once: one used permission.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentRow, SurfaceRow } from '../../server/api/contract.ts';
import type { Parts } from '../../server/main.ts';
import { openTestParts, otlpJson, temporaryFolder, type TestSpan } from './served.ts';

const QUESTIONS = 10_000;
const PERMISSIONS = Array.from({ length: 50 }, (_, i) => `crm:read_table_${i}`);
const SPANS_A_REQUEST = 2000;

let parts: Parts;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  parts = await openTestParts(folder.path);
});
afterAll(async () => {
  await parts.close();
  await folder.remove();
});

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
const trace = hex(1, 32);
const began = Date.now() - 3_600_000;
const common = { 'gen_ai.agent.name': 'prober', 'gen_ai.conversation.id': 'p-1' };
const permissionOf = (i: number): string => PERMISSIONS[i % PERMISSIONS.length] ?? '';

const spans: TestSpan[] = [
  {
    trace,
    span: hex(1, 16),
    name: 'surface_snapshot',
    at: began,
    attributes: {
      ...common,
      'footprint.schema': 1,
      'footprint.surface.source': 'policy',
      'footprint.surface.permissions': PERMISSIONS.map((permission) => `${permission}|*`),
    },
  },
  ...Array.from({ length: QUESTIONS }, (_, i): TestSpan => ({
    trace,
    span: hex(i + 2, 16),
    name: `authorize ${permissionOf(i)}`,
    at: began + 1000 + i,
    attributes: {
      ...common,
      'footprint.schema': 1,
      'footprint.permission': permissionOf(i),
      'footprint.decision.id': `d${i}`,
      'footprint.decision.effect': 'allow',
    },
  })),
  {
    trace,
    span: hex(QUESTIONS + 2, 16),
    name: 'execute_tool read_table_7',
    at: began + 20_000,
    attributes: {
      ...common,
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'read_table_7',
      'footprint.permission': permissionOf(7),
      'footprint.decision.id': 'd7',
    },
  },
];

const rows = async <T>(path: string): Promise<T[]> => {
  const answer = await parts.app.request(`/api/v1${path}`, { headers: { host: '127.0.0.1' } });
  return ((await answer.json()) as { rows: T[] }).rows;
};

describe('an agent that asks 10,000 times and acts once', () => {
  it('has used one of the 50 permissions that it holds', async () => {
    for (let from = 0; from < spans.length; from += SPANS_A_REQUEST) {
      const answer = await parts.app.request('/v1/traces', {
        method: 'POST',
        headers: { 'content-type': 'application/json', host: '127.0.0.1' },
        body: otlpJson(spans.slice(from, from + SPANS_A_REQUEST)),
      });
      expect(answer.status).toBe(200);
    }
    await parts.store.settleAll();
    const surface = await rows<SurfaceRow>('/agents/prober/surface');
    expect(surface).toHaveLength(PERMISSIONS.length);
    expect(
      surface.filter(({ uses }) => uses > 0).map(({ permission, uses }) => [permission, uses]),
    ).toEqual([[permissionOf(7), 1]]);
    const [agent] = await rows<AgentRow>('/agents?agent=prober');
    expect(agent).toMatchObject({
      granted: 50,
      used: 1,
      unused: 49,
      decisions: QUESTIONS,
      denials: 0,
    });
  });
});
