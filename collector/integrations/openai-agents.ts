// OpenAI Agents: tools of each turn are the grant, executed ones the use; interruptions and guardrails are decisions.
import { context } from '@opentelemetry/api';
import type { HeldCall } from '../asked.ts';
import { createAsked } from '../asked.ts';
import { guard, isThenable, observe, report } from '../guard.ts';
import { offered } from '../offered.ts';
import { field, textField } from '../read.ts';
import { taskOf } from '../span.ts';
import { task } from '../task.ts';
import { action } from '../tool.ts';
import type { ToolOptions } from '../types.ts';

export { guardrailProcessor } from './openai-guardrails.ts';
export type { GuardrailProcessor } from './openai-guardrails.ts';

type Method = (...args: unknown[]) => unknown;

/** Agents reached through handoffs of handoffs; deeper ones are not recorded. */
const MAX_HANDOFFS = 8;

const asked = createAsked('openai-agents');
const wrapped = new WeakSet<object>();
const isMethod = (value: unknown): value is Method => typeof value === 'function';
const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Puts `make(original)` in the place of a method of this object alone, once. */
const replace = (target: unknown, method: string, make: (original: Method) => Method): void => {
  if (typeof target !== 'object' || target === null || wrapped.has(target)) return;
  const original = field(target, method);
  if (!isMethod(original)) return;
  wrapped.add(target);
  Object.assign(target, { [method]: make((...args) => original.apply(target, args)) });
};

/** A task's own name of the agent stands; outside any, the SDK's. */
const agentName = (agent: unknown): string | undefined =>
  taskOf(context.active())?.['gen_ai.agent.name'] ?? textField(agent, 'name');

const callOf = (call: unknown, tool: string, agent: unknown): HeldCall => ({
  call_id: textField(call, 'callId') ?? textField(call, 'id') ?? tool,
  tool,
  agent: agentName(agent),
});

/** A guardrail of a tool that lets no call through is a deny; one that does decides nothing. */
const watchGuardrails = (tool: unknown, name: string, agent: unknown): void => {
  for (const guardrail of items(field(tool, 'inputGuardrails'))) {
    replace(
      guardrail,
      'run',
      (run) =>
        (...args) =>
          observe(
            () => run(...args),
            ({ ok, ...ended }) => {
              const behavior = field(field(field(ended, 'value'), 'behavior'), 'type');
              if (!ok || behavior === undefined || behavior === 'allow') return;
              const call = callOf(field(args[0], 'toolCall'), name, agent);
              asked.decide(call, 'deny', textField(guardrail, 'name') ?? 'inputGuardrails');
            },
          ),
    );
  }
};

const watchTool = (tool: unknown, agent: unknown): void => {
  const name = textField(tool, 'name') ?? 'unknown';
  watchGuardrails(tool, name, agent);
  replace(tool, 'invoke', (invoke) => (...args) => {
    const told = guard<ToolOptions>(
      'reading a call',
      () => {
        const call = callOf(field(args[2], 'toolCall'), name, agent);
        const decision = asked.decisionOn(call.call_id);
        return {
          name,
          call_id: call.call_id,
          ...(call.agent === undefined ? {} : { agent: call.agent }),
          ...(decision === undefined ? {} : { decision }),
        };
      },
      { name },
    );
    return action(told, () => invoke(...args));
  });
};

/**
 * Each turn asks its agent for the tools that are enabled then, those of MCP servers among them. A run that is resumed
 * executes what was approved before it asks, so the agent's own tools are watched from the start.
 */
const watchAgent = (agent: unknown, depth = 0): void => {
  if (typeof agent !== 'object' || agent === null || wrapped.has(agent)) return;
  replace(
    agent,
    'getAllTools',
    (getAllTools) =>
      (...args) =>
        observe(
          () => getAllTools(...args),
          (outcome) => {
            if (!outcome.ok) return;
            const tools = items(outcome.value);
            for (const tool of tools) watchTool(tool, agent);
            const names = tools.flatMap((tool) => textField(tool, 'name') ?? []);
            offered({ tools: names, agent: agentName(agent) }, () => undefined);
          },
        ),
  );
  for (const tool of items(field(agent, 'tools'))) watchTool(tool, agent);
  if (depth >= MAX_HANDOFFS) return;
  for (const next of items(field(agent, 'handoffs')))
    watchAgent(field(next, 'agent') ?? next, depth + 1);
};

/** The calls that wait for a person, in a run's result or in the state that it is resumed with. */
const interruptions = (waiting: unknown): { call: HeldCall; name: string }[] =>
  items(waiting).map((item) => {
    const raw = field(item, 'rawItem');
    const name = textField(item, 'name') ?? textField(raw, 'name') ?? 'unknown';
    return { call: callOf(raw, name, field(item, 'agent')), name };
  });

/** What a person has answered since, as the state of the resumed run says. */
const readAnswers = (state: unknown): void => {
  const list = field(state, 'getInterruptions');
  const run = field(state, '_context');
  const isApproved = field(run, 'isToolApproved');
  if (!isMethod(list) || !isMethod(isApproved)) return;
  for (const { call, name } of interruptions(list.call(state))) {
    const approved = isApproved.call(run, { toolName: name, callId: call.call_id });
    if (typeof approved === 'boolean') asked.answer(call, approved ? 'approved' : 'denied');
  }
};

const readResult = (result: unknown): void => {
  const read = (): void => {
    for (const { call } of interruptions(field(result, 'interruptions')))
      asked.decide(call, 'require_approval', 'needsApproval');
  };
  // A streamed run is over later than it is returned.
  const completed = field(result, 'completed');
  if (isThenable(completed)) void completed.then(read, () => undefined);
  else read();
};

/**
 * Records what the agents of a `Runner` are granted and do, and gives back the same runner:
 * `const runner = openAiAgents(new Runner())`. The tools of each turn are what the agent holds then (`chat`), an
 * executed tool is a use (`execute_tool {name}`), an interruption a decision with its approval, answered when the run
 * is resumed, in another process too, and a tool's input guardrail that rejects a call a deny. A run outside any task
 * becomes one (`invoke_agent {name}`). Never throws.
 */
export const openAiAgents = <R extends object>(runner: R): R => {
  guard(
    'wrapping a runner',
    () => {
      if (!isMethod(field(runner, 'run'))) return report('a runner has no method run');
      replace(runner, 'run', (run) => (agent, input, ...rest) => {
        const recorded = (): unknown => {
          guard('reading answers', () => readAnswers(input), undefined);
          guard('wrapping an agent', () => watchAgent(agent), undefined);
          return observe(
            () => run(agent, input, ...rest),
            (outcome) => {
              if (outcome.ok) readResult(outcome.value);
            },
          );
        };
        if (taskOf(context.active()) !== undefined) return recorded();
        const name = textField(agent, 'name');
        const session =
          textField(rest[0], 'conversationId') ?? textField(field(runner, 'config'), 'groupId');
        const about = {
          ...(name === undefined ? {} : { agent: name }),
          ...(session === undefined ? {} : { session }),
        };
        return task(about, recorded);
      });
    },
    undefined,
  );
  return runner;
};
