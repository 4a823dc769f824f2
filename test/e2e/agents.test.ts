// Exporters of both OpenTelemetry lines against the running server: what they send is received whole.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SurfaceRow } from '../../server/api/contract.ts';
import type { RunningServer } from './server.ts';
import { ROOT, runScript, startServer } from './server.ts';

const SETTLED = { timeout: 30_000, interval: 250 };
const engines = ['otel-2', 'otel-3'].filter((line) =>
  existsSync(`${ROOT}test/engines/${line}/node_modules`),
);

if (engines.length < 2) process.stderr.write('SKIPPED: exporters in test/engines not installed\n');

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.remove());

const surfaceOf = (agent: string): Promise<SurfaceRow[]> =>
  server.rows<SurfaceRow>(`/api/v1/agents/${agent}/surface`);

const usesOf = async (agent: string): Promise<Record<string, number>> => {
  const rows = await surfaceOf(agent);
  return Object.fromEntries(
    rows.filter(({ uses }) => uses > 0).map(({ permission, uses }) => [permission, uses]),
  );
};

describe.each(engines)('the exporters of %s', (line) => {
  it.each(['json', 'proto', 'grpc'])('are received whole in %s', async (encoding) => {
    const agent = `${line}-${encoding}`;
    const said = await runScript(`test/engines/${line}/send.mjs`, [
      encoding === 'grpc' ? server.grpc_url : server.url,
      encoding,
      '700',
      agent,
    ]);
    expect(JSON.parse(said)).toEqual({ sent: 701, failed: 0 });
    await expect
      .poll(() => usesOf(agent), SETTLED)
      .toEqual({ 'tool:tool_0': 234, 'tool:tool_1': 233, 'tool:tool_2': 233 });
  });
});
