// A real OpenFGA that sends its own spans by gRPC: what it tells of a check, in the trace of the agent that asked.
import { trace } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openfga } from '../../collector/integrations/openfga.ts';
import { task, tool } from '../../collector/index.ts';
import { start } from '../../collector/start.ts';
import { findBinary } from '../collector/integrations/engines.ts';
import { clientOf, type Fga, makeStore } from '../collector/integrations/openfga-store.ts';
import { type PolicyServer, startOpenfga } from '../collector/integrations/servers.ts';
import { type RunningServer, startServer } from './server.ts';

const binary = findBinary('openfga');
/** OpenFGA sends a batch every five seconds. */
const SOON = { timeout: 60_000, interval: 500 };

interface Decision {
  agent: string;
  permission: string | null;
  resource_id: string | null;
  effect: string;
  executed: boolean | null;
  rules: string[] | null;
  policy: string | null;
}

describe.skipIf(binary === undefined)('OpenFGA (skipped where no openfga was built)', () => {
  let server: RunningServer;
  let telemetry: ReturnType<typeof start>;
  let engine: PolicyServer;
  let client: Fga;
  let store: { storeId: string; authorizationModelId: string };
  beforeAll(async () => {
    server = await startServer();
    telemetry = start({ agent: 'desks', endpoint: server.url });
    const endpoint = new URL(server.grpc_url).host;
    engine = await startOpenfga(binary ?? '', [
      '--trace-enabled',
      '--trace-sampler=always_on',
      `--trace-otlp-endpoint=${endpoint}`,
    ]);
    store = await makeStore(engine.url);
    client = clientOf({ apiUrl: engine.url, ...store, retryParams: { maxRetry: 0 } });
  }, 120_000);
  afterAll(async () => {
    await engine.stop();
    await telemetry.shutdown();
    await server.remove();
  });

  /** What an instrumented HTTP client adds by itself. */
  const headers = (): Record<string, string> => {
    const { traceId = '', spanId = '' } = trace.getActiveSpan()?.spanContext() ?? {};
    return { traceparent: `00-${traceId}-${spanId}-01` };
  };
  const check = (relation: string) => ({
    user: 'agent:desk',
    relation,
    object: 'document:d-1',
  });
  const decisions = async (agent: string): Promise<unknown[]> =>
    (await server.rows<Decision>('/api/v1/decisions?since=1970-01-01T00:00:00Z'))
      .filter((row) => row.agent === agent)
      .map(({ permission, effect, executed, rules, policy }) => ({
        permission,
        effect,
        executed,
        rules: rules ?? [],
        policy,
      }))
      .sort((a, b) => (a.permission ?? '').localeCompare(b.permission ?? ''));
  const wanted = (policy: string, executed: boolean | null) => [
    {
      permission: 'document:reader',
      effect: 'allow',
      executed,
      rules: ['document#reader'],
      policy,
    },
    { permission: 'document:writer', effect: 'deny', executed: false, rules: [], policy },
  ];

  it('tells the decisions of an agent that records none, each once whatever its steps repeat', async () => {
    await task({ agent: 'plain-desk' }, async () => {
      await client.check(check('reader'), { headers: headers() });
      await tool({ name: 'read', permission: 'document:reader' }, () => Promise.resolve('ok'));
      await client.check(check('writer'), { headers: headers() });
    });
    await expect.poll(() => decisions('plain-desk'), SOON).toEqual(wanted(store.storeId, true));
  }, 90_000);

  it('and the agent that records its checks tell each of them as one decision', async () => {
    const recorded = openfga(client);
    await task({ agent: 'own-desk' }, async () => {
      await recorded.check(check('reader'), { headers: headers() });
      await tool({ name: 'read', permission: 'document:reader' }, () => Promise.resolve('ok'));
      await recorded.check(check('writer'), { headers: headers() });
    });
    const spans = async (): Promise<number> => {
      const answer = await server.rows<{ trace_id: string; agent: string }>(
        '/api/v1/decisions?since=1970-01-01T00:00:00Z',
      );
      const trace_id = answer.find(({ agent }) => agent === 'own-desk')?.trace_id;
      if (trace_id === undefined) return 0;
      const rows = await server.get<{ spans: { name: string }[] }>(`/api/v1/traces/${trace_id}`);
      return rows.spans.filter(({ name }) => name === 'Check').length;
    };
    await expect.poll(spans, SOON).toBe(2);
    await expect.poll(() => decisions('own-desk'), SOON).toEqual(wanted(store.storeId, true));
    expect(await server.rows('/api/v1/agents?agent=openfga')).toEqual([]);
  }, 90_000);

  it('stands for itself where nobody else speaks, and sends no span of another kind as a decision', async () => {
    await client.check(check('reader'));
    const one = [wanted(store.storeId, null)[0]];
    await expect.poll(() => decisions('desk'), SOON).toEqual(one);
    const agents = await server.rows<{ agent: string }>('/api/v1/agents');
    expect(agents.map(({ agent }) => agent).sort()).toEqual(['desk', 'own-desk', 'plain-desk']);
  }, 90_000);
});
