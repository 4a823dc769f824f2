// A thousand planted credentials: none is in the bytes that leave an agent's process, nor in the files of its spool.
import { describe, expect, it } from 'vitest';
import { canaries, CANARY_KINDS } from '../server/redact-canaries.ts';
import { ROOT } from './agent.ts';
import { leaving, survivors } from './leaving.ts';

const PLANTED = canaries(1000);
/** What looks like a credential and is none; each must arrive as it was. */
const PLAIN = [
  'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
  '3f786850e387550fdab836ed7e6dc881de23001b',
  'aws:s3:GetObject',
  'mcp.filesystem:write_file',
  'arn:aws:iam::123456789012:role/reader',
  'projects/p-1/secrets/db-password/versions/3',
  'password:reset',
  'secret:read',
  'api_key:create',
  'client_secret:regenerate',
  'vault:token:revokeSelf',
];

/** Each canary stands in every place that the collector's own calls and another library's span have. */
const SCRIPT = `
  import { readFileSync } from 'node:fs';
  import { approval, credential, resource, surface } from '${ROOT}collector/index.ts';
  import { createRequire } from 'node:module';
  const { trace } = createRequire('${ROOT}collector/index.ts')('@opentelemetry/api');
  const texts = JSON.parse(readFileSync(process.env.PLANTED, 'utf8'));
  const t = start({ agent: 'desk', content: true });
  for (const [index, text] of texts.entries()) task({ agent: 'desk', session: text, goal: text, user: text }, () => {
    const decision = authorize({ permission: text, action: text, resource: { type: 'x', id: text }, required_scopes: [text] },
      () => ({ effect: 'deny', rules: [text], reason: text }));
    credential.issued(text, { issuer: text, id: text, scopes: [text], audience: text });
    approval({ permission: text, decision }, () => ({ outcome: 'denied', approver: text }));
    resource({ type: 'file', id: text }, () => 1)[Symbol.dispose]();
    surface([text], { source: 'config' });
    try { tool({ name: text, decision, call_id: text, credential: text }, () => { throw Object.assign(new Error(text), { code: text }); }); } catch {}
    const span = trace.getTracer('other').startSpan(text, { attributes: { 'http.request.header.x-note': text, 'gen_ai.tool.call.arguments': text, list: [text] } });
    span.recordException(new Error(text));
    span.setStatus({ code: 2, message: text });
    span.end();
  });
  const done = t.flush();
  if (process.env.EXIT === 'now') process.exit(0);
  await done; await t.shutdown();
`;

describe('1,000 planted credentials of more than 40 kinds', () => {
  it.each(['later', 'now'])(
    'leave nothing outside the process that exits %s',
    async (exit) => {
      expect(CANARY_KINDS.length).toBeGreaterThan(40);
      const texts = PLANTED.map(({ text }) => text);
      const { wire, disk, out } = await leaving(SCRIPT, texts, { EXIT: exit });
      expect(out).toBe('');
      // What a busy machine does not send in time is in the spool, at worst besides.
      const told = (exit === 'now' ? disk : wire + disk).match(/"authorize /g) ?? [];
      expect(told.length).toBeGreaterThanOrEqual(1000);
      expect(survivors(PLANTED, wire + disk)).toEqual([]);
    },
    60_000,
  );

  it('are told from ids, hashes and names of permissions', async () => {
    const { wire } = await leaving(SCRIPT, PLAIN);
    for (const text of PLAIN) expect(wire).toContain(`"authorize ${text}"`);
  });
});
