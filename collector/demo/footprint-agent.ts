// The same kind of agent with @footprint/collector: Cedar decides each call, and short-lived tokens pay for it.
import { OpenTelemetry } from '@ai-sdk/otel';
import { generateText, isStepCount, jsonSchema, registerTelemetry, tool as aiTool } from 'ai';
import { join, resolve, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { authorize, credential, surface, task, tool } from '../index.ts';
import type { Credential } from '../index.ts';
import { start } from '../start.ts';
import type { Audience, IssuedToken } from './authorization-server.ts';
import { startAuthorizationServer } from './authorization-server.ts';
import type { Call } from './model.ts';
import { scriptedModel } from './model.ts';
import { decide, loadPolicies } from './policies.ts';
import type { OfferedTool } from './servers.ts';
import { startServers } from './servers.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const AGENT = 'desk-assistant';
const USER = 'ada';
const MAX_STEPS = 12;
/** Long enough for the second session to be over when its token is used again. */
const PAUSE_MS = 1500;

/** A token as the agent keeps it: the secret for the tools, the fingerprint for the record. */
interface Held extends IssuedToken {
  recorded: Credential;
}

const telemetry = start({ agent: AGENT });
registerTelemetry(new OpenTelemetry());
loadPolicies();
const oauth = await startAuthorizationServer();
const servers = await startServers();
say(`${AGENT}: ${servers.tools.length} tools offered, decisions by Cedar, tokens by oidc-provider`);

const scopeOf = ({ server, name, readOnly }: OfferedTool): string => {
  if (server === 'filesystem') return readOnly ? 'files:read' : 'files:write';
  if (name.startsWith('delete_')) return 'memory:delete';
  return readOnly ? 'memory:read' : 'memory:write';
};

const isInside = (input: Record<string, unknown>): boolean =>
  Object.entries(input)
    .filter(([key]) => ['path', 'source', 'destination'].includes(key))
    .every(([, path]) => `${resolve(String(path))}${sep}`.startsWith(servers.folder + sep));

const decisionOn = (offered: OfferedTool, inside: boolean) =>
  decide({
    agent: AGENT,
    tool: offered.name,
    server: offered.server,
    readOnly: offered.readOnly,
    inside,
  });

const ask = async (audience: Audience, scope: string): Promise<Held> => {
  const token = await oauth.token(audience, scope);
  const { secret, ...details } = token;
  const recorded = credential.issued(secret, { type: 'oauth_access_token', ...details });
  return { ...token, recorded };
};

const takeBack = async (token: Held): Promise<void> => {
  await oauth.revoke(token.secret);
  credential.revoked(token.recorded);
};

/** The tools' side: no call without a live token that has the scope. */
const present = async (token: Held, scope: string): Promise<void> => {
  const told = await oauth.introspect(token.secret);
  if (told.active && told.scopes.includes(scope)) return;
  throw Object.assign(new Error('the token is not active or lacks the scope'), {
    code: 'insufficient_scope',
  });
};

const asTool = (offered: OfferedTool, tokens: Held[]) =>
  aiTool({
    description: offered.description,
    inputSchema: jsonSchema<Record<string, unknown>>(offered.inputSchema),
    execute: async (input, { toolCallId }) => {
      const scope = scopeOf(offered);
      const token = tokens.find(({ scopes }) => scopes.includes(scope));
      const common = {
        permission: `tool:${offered.name}`,
        required_scopes: [scope],
        ...(token === undefined ? {} : { credential: token.recorded }),
      };
      const decision = authorize(
        {
          ...common,
          action: offered.name,
          resource: { type: offered.server },
          principal: { id: AGENT, type: 'agent' },
          delegation: { type: 'on_behalf_of', chain: [`user:${USER}`, `agent:${AGENT}`] },
          tool_call_id: toolCallId,
        },
        () => decisionOn(offered, isInside(input)),
      );
      if (!decision.allowed) throw new Error(`denied by policy: ${decision.reason ?? ''}`);
      return tool({ ...common, name: offered.name, call_id: toolCallId, decision }, async () => {
        if (token === undefined) throw new Error('no token for this scope');
        await present(token, scope);
        const answer = await offered.call(input);
        if (answer.isError === true) throw new Error(answer.content[0]?.text ?? 'the tool failed');
        return answer.content.map((part) => part.text ?? '').join('\n');
      });
    },
  });

/** One session: the model's calls, with the tokens that this session holds. */
const converse = async (calls: readonly Call[], tokens: Held[], answer: string): Promise<void> => {
  const tools = Object.fromEntries(servers.tools.map((one) => [one.name, asTool(one, tokens)]));
  const result = await generateText({
    model: scriptedModel(calls, answer),
    prompt: 'Keep the desk in order.',
    tools,
    stopWhen: isStepCount(MAX_STEPS),
    telemetry: { isEnabled: true, functionId: AGENT },
  });
  const parts = result.steps.flatMap((step) => step.content);
  for (const part of parts) {
    if (part.type === 'tool-result') say(`${AGENT}:   ${part.toolName} done`);
    if (part.type === 'tool-error')
      say(`${AGENT}:   ${part.toolName} refused: ${String(part.error)}`);
  }
};

const run = Date.now().toString(36);
const about = (number: number, goal: string) => ({
  agent: AGENT,
  session: `desk-${run}-${number}`,
  task_id: `desk-${run}-task-${number}`,
  goal,
  user: USER,
  identity: { id: AGENT, type: 'oauth_client' as const },
});
const note = join(servers.folder, 'monday.md');

say(`${AGENT}: session 1, permitted and forbidden calls; its token is revoked at the end`);
await task(about(1, 'file_notes'), async () => {
  const permitted = servers.tools.filter((offered) => decisionOn(offered, true).effect === 'allow');
  surface(
    permitted.map(({ name }) => ({ permission: `tool:${name}` })),
    { source: 'policy' },
  );
  const files = await ask('urn:desk:files', 'files:read files:write');
  const memory = await ask('urn:desk:memory', 'memory:read memory:write');
  const calls = [
    { tool: 'read_text_file', input: { path: note } },
    { tool: 'write_file', input: { path: join(servers.folder, 'filed.md'), content: 'filed' } },
    {
      tool: 'create_entities',
      input: { entities: [{ name: 'Ada', entityType: 'person', observations: ['on call'] }] },
    },
    { tool: 'search_nodes', input: { query: 'Ada' } },
    // Forbidden by a rule, outside the folder, and permitted by no rule at all.
    { tool: 'delete_entities', input: { entityNames: ['Ada'] } },
    { tool: 'read_text_file', input: { path: '/etc/hostname' } },
    { tool: 'move_file', input: { source: note, destination: `${note}.old` } },
  ];
  await converse(calls, [files, memory], 'Filed.');
  await takeBack(files);
});

say(`${AGENT}: session 2, one token is left idle and one outlives the session`);
const kept = await task(about(2, 'look_up'), async () => {
  // Asked for just in case and never presented.
  await ask('urn:desk:memory', 'memory:read memory:write memory:delete');
  const files = await ask('urn:desk:files', 'files:read');
  await converse(
    [{ tool: 'list_directory', input: { path: servers.folder } }],
    [files],
    'Two notes.',
  );
  return files;
});

await sleep(PAUSE_MS);
say(`${AGENT}: session 3, the token of session 2 is used after its session`);
await task(about(3, 'look_up'), async () => {
  await ask('urn:desk:errand', 'files:read');
  await converse([{ tool: 'read_text_file', input: { path: note } }], [kept], 'Read.');
});

await servers.close();
await oauth.close();
await telemetry.shutdown();
