// The tools of an MCP server as a model is given them: the policy is asked before each call, and a person where it says so.
import type { ToolSet } from 'ai';
import { jsonSchema, tool as aiTool } from 'ai';
import { approval } from '../index.ts';
import type { ApprovalAnswer, AuthorizationRequest, Decision } from '../index.ts';
import type { Clock } from './clock.ts';
import type { Policy, Question } from './policy.ts';
import type { ToolServer } from './tool-server.ts';

export interface Guard {
  server: ToolServer;
  policy: Policy;
  principal: Question['principal'];
  delegation: NonNullable<AuthorizationRequest['delegation']>;
  /** A person's answer, where the policy wants one. */
  ask?: (tool: string) => ApprovalAnswer;
  /** Deciding takes a moment, and calling longer. */
  clock: Clock;
  /** Runs before the decision, for example to ask a policy that is to come. */
  consider?: (question: Question) => void;
  /** Runs around a permitted call, for example to get a token for it and to give it back. */
  before?: (tool: string) => Promise<void>;
  after?: () => Promise<void>;
}

/** So that a call begins after its decision on any time axis. */
const DECIDING_S = 0.02;

interface McpText {
  isError?: boolean;
  content: { text?: string }[];
}

const numberIn = (input: Record<string, unknown>): Record<string, unknown> =>
  typeof input['amount'] === 'number' ? { amount: input['amount'] } : {};

const refuse = ({ effect, reason }: Decision): never => {
  throw new Error(
    `${effect === 'error' ? 'the policy could not be evaluated' : 'denied by policy'}: ${reason ?? effect}`,
  );
};

/** Lists the server's tools, which records them as granted, and gives them guarded. */
export const guardedTools = async (guard: Guard): Promise<ToolSet> => {
  const { server, policy, principal, delegation, ask, clock, consider, before, after } = guard;
  const call = async (name: string, input: Record<string, unknown>, tool_call_id: string) => {
    const question: Question = {
      principal,
      server: server.name,
      tool: name,
      context: numberIn(input),
    };
    consider?.(question);
    const credential = server.tokenFor(server.scopeOf(name))?.recorded;
    const about = {
      principal: { id: principal.id, type: principal.type === 'User' ? 'user' : 'agent' },
      resource: { type: server.name },
      required_scopes: [server.scopeOf(name)],
      delegation,
      tool_call_id,
      ...(credential === undefined ? {} : { credential }),
    } as const;
    const decision = policy.decide({ ...question, about });
    clock.pass(DECIDING_S);
    if (decision.effect === 'require_approval') {
      const request = { permission: `mcp.${server.name}:${name}`, action: name, tool_call_id };
      const given = approval({ ...request, decision, tier: 'single' }, () => ask?.(name) ?? false);
      if (!given.approved) throw new Error('a person refused it');
    } else if (!decision.allowed) refuse(decision);
    await before?.(name);
    const answer = (await server.client.callTool({ name, arguments: input })) as McpText;
    await after?.();
    const text = answer.content.map((part) => part.text ?? '').join('\n');
    if (answer.isError === true) throw new Error(text);
    return text;
  };
  const listed = await server.client.listTools();
  return Object.fromEntries(
    listed.tools.map(({ name, description, inputSchema }) => [
      name,
      aiTool({
        description: description ?? name,
        inputSchema: jsonSchema<Record<string, unknown>>(inputSchema as object),
        execute: (input, { toolCallId }) => call(name, input, toolCallId),
      }),
    ]),
  );
};
