// Large surfaces for the benchmark of recommendations: each agent holds so many permissions by a role, from before its sessions on.

/** Verbs of each class, so that every rule of a verdict has some to judge. */
const VERBS = ['read', 'list', 'search', 'create', 'update', 'delete', 'send', 'share'];
const HELD_MS = 89 * 24 * 3_600_000;
const AGENTS_A_REQUEST = 50;

const snapshot = (agent: string, permissions: readonly string[], serial: number): object => {
  const instant = String(BigInt(Date.now() - HELD_MS) * 1_000_000n);
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const values = permissions.map((permission) => ({ stringValue: permission }));
  return {
    traceId: serial.toString(16).padStart(32, 'a'),
    spanId: serial.toString(16).padStart(16, 'a'),
    name: 'surface_snapshot',
    kind: 1,
    startTimeUnixNano: instant,
    endTimeUnixNano: instant,
    attributes: [
      { key: 'footprint.schema', value: { intValue: 1 } },
      text('gen_ai.agent.name', agent),
      text('footprint.surface.source', 'policy'),
      { key: 'footprint.surface.permissions', value: { arrayValue: { values } } },
    ],
  };
};

/** Tells the server that each of the agents holds that many permissions. Throws where it is refused. */
export const grantWidely = async (
  url: string,
  agents: readonly string[],
  permissions: number,
): Promise<void> => {
  const held = Array.from(
    { length: permissions },
    (_, i) => `system${i % 12}:${VERBS[i % VERBS.length] ?? ''}_thing_${i}|*`,
  );
  for (let from = 0; from < agents.length; from += AGENTS_A_REQUEST) {
    const spans = agents
      .slice(from, from + AGENTS_A_REQUEST)
      .map((agent, i) => snapshot(agent, held, from + i + 1));
    const text = { key: 'deployment.environment.name', value: { stringValue: 'production' } };
    const answer = await fetch(`${url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        resourceSpans: [{ resource: { attributes: [text] }, scopeSpans: [{ spans }] }],
      }),
    });
    if (!answer.ok) throw new Error(`grants were answered ${answer.status}`);
  }
};
