// A thousand planted credentials in what the integrations' own packages handle: none leaves the agent's process.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canaries, CANARY_KINDS } from '../../server/redact-canaries.ts';
import { ROOT } from '../agent.ts';
import { leaving, survivors } from '../leaving.ts';
import { ENGINES } from '../packed.ts';

/** Spans of an integration that its share of the texts, some sixty, must come to at least. */
const SPANS_AT_LEAST = 50;
const INTEGRATIONS = [
  ...['mcp', 'mcp over http', 'ai-sdk', 'langchain', 'openai-agents'],
  ...['cedar', 'casbin', 'opa', 'openfga', 'cerbos', 'authzen'],
  ...['oauth4webapi', 'openid-client', 'fetch', 'jose', 'oidc-provider'],
];
const possible = ['frameworks', 'policy', 'credentials'].every((name) =>
  existsSync(join(ENGINES, name, 'node_modules')),
);
if (!possible)
  process.stderr.write('SKIPPED: canaries through integrations, since test/engines is not whole\n');

describe.skipIf(!possible)('1,000 planted credentials of more than 40 kinds', () => {
  it('leave nothing outside the process, whichever integration handles them', async () => {
    expect(CANARY_KINDS.length).toBeGreaterThan(40);
    const planted = canaries(1000);
    const script = `await import('${ROOT}test/collector/integrations/canaries/agent.ts')`;
    const texts = planted.map(({ text }) => text);
    const { wire, disk, out } = await leaving(script, texts);
    expect(survivors(planted, wire + disk + out)).toEqual([]);
    const spansOf = (name: string): number =>
      wire.split(`{"key":"gen_ai.agent.name","value":{"stringValue":"${name}"}}`).length - 1;
    expect(INTEGRATIONS.filter((name) => spansOf(name) < SPANS_AT_LEAST)).toEqual([]);
    // No signed token of the integrations' own either, whatever its claims are.
    expect(wire).not.toMatch(/eyJ[\w-]{30}/);
  }, 120_000);
});
