// Vercel AI SDK: tools offered are the grant, executed ones the use, and held-back calls decisions and approvals.
import type { HeldCall } from '../asked.ts';
import { createAsked } from '../asked.ts';
import { guard, observe } from '../guard.ts';
import { offered } from '../offered.ts';
import { field, textField } from '../read.ts';
import { action } from '../tool.ts';

export interface AiSdkOptions {
  /** The agent, where it runs outside a task. */
  agent?: string;
}

type Method = (...args: unknown[]) => unknown;

const asked = createAsked('ai-sdk');

const isMethod = (value: unknown): value is Method => typeof value === 'function';

const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Whether the conversation holds an answer to this call already: an approved call is judged once more. */
const isAnswered = (messages: unknown, call_id: string): boolean => {
  const parts = items(messages).flatMap((message) => items(field(message, 'content')));
  const ids = parts
    .filter((part) => field(part, 'type') === 'tool-approval-request')
    .filter((part) => textField(part, 'toolCallId') === call_id)
    .map((part) => textField(part, 'approvalId'));
  return parts.some(
    (part) =>
      field(part, 'type') === 'tool-approval-response' &&
      ids.includes(textField(part, 'approvalId')),
  );
};

/** Records what the SDK's rule for a call came to: a boolean of `needsApproval`, a status of `toolApproval`. */
const judged = (call: HeldCall, told: unknown, messages: unknown, rule: string): void => {
  const status = told === true ? 'user-approval' : (textField(told, 'type') ?? told);
  if (status === 'denied') asked.decide(call, 'deny', rule);
  if (status === 'approved' && !isAnswered(messages, call.call_id))
    asked.decide(call, 'allow', rule);
  if (status === 'user-approval' && !isAnswered(messages, call.call_id))
    asked.decide(call, 'require_approval', rule);
};

/** A person refused what is answered with `execution-denied`, unless the SDK's own rule did. */
const readRefusals = (prompt: unknown, agent: string | undefined): void => {
  const last = items(prompt).at(-1);
  if (field(last, 'role') !== 'tool') return;
  for (const part of items(field(last, 'content'))) {
    const call_id = textField(part, 'toolCallId');
    if (field(field(part, 'output'), 'type') !== 'execution-denied' || call_id === undefined)
      continue;
    asked.answer({ call_id, tool: textField(part, 'toolName') ?? 'unknown', agent }, 'denied');
  }
};

const wrapModel = (model: unknown, agent: string | undefined): unknown => {
  // A model that is told by its name is made by the SDK, out of reach.
  if (typeof model !== 'object' || model === null) return model;
  const call =
    (method: string): Method =>
    (...args) => {
      const settings = args[0];
      guard('reading refusals', () => readRefusals(field(settings, 'prompt'), agent), undefined);
      const tools = field(settings, 'tools');
      const names = items(tools).flatMap((tool) => textField(tool, 'name') ?? []);
      const told = { tools: names, model: textField(model, 'modelId'), agent };
      return offered(told, () => (field(model, method) as Method).apply(model, args));
    };
  const own: Record<string, Method> = {
    doGenerate: call('doGenerate'),
    doStream: call('doStream'),
  };
  return new Proxy(model, {
    get: (target, key) => {
      const wrapped = typeof key === 'string' ? own[key] : undefined;
      const value: unknown = Reflect.get(target, key, target);
      if (wrapped !== undefined && isMethod(value)) return wrapped;
      return isMethod(value) ? (value.bind(target) as unknown) : value;
    },
  });
};

const wrapTool = (name: string, tool: unknown, agent: string | undefined): unknown => {
  if (typeof tool !== 'object' || tool === null) return tool;
  const execute = field(tool, 'execute');
  const needs = field(tool, 'needsApproval');
  const callOf = (options: unknown): HeldCall | undefined => {
    const call_id = textField(options, 'toolCallId');
    return call_id === undefined ? undefined : { call_id, tool: name, agent };
  };
  const judge = (result: unknown, options: unknown): void => {
    const call = callOf(options);
    if (call !== undefined) judged(call, result, field(options, 'messages'), 'needsApproval');
  };
  const wrapped = {
    ...(isMethod(execute) && {
      execute: (input: unknown, options: unknown, ...rest: unknown[]) => {
        const call = callOf(options);
        const decision = guard('reading an approval', () => decisionFor(call, options), undefined);
        const told = {
          name,
          ...(agent === undefined ? {} : { agent }),
          ...(call === undefined ? {} : { call_id: call.call_id }),
          ...(decision === undefined ? {} : { decision }),
        };
        return action(told, () => execute.call(tool, input, options, ...rest));
      },
    }),
    ...(isMethod(needs) && {
      needsApproval: (input: unknown, options: unknown, ...rest: unknown[]) =>
        observe(
          () => needs.call(tool, input, options, ...rest),
          (outcome) => {
            if (outcome.ok) judge(outcome.value, options);
          },
        ),
    }),
    ...(needs === true && {
      needsApproval: (_input: unknown, options: unknown) => {
        guard('recording an approval', () => judge(true, options), undefined);
        return true;
      },
    }),
  };
  return Object.assign(Object.create(Object.getPrototypeOf(tool) as object), tool, wrapped);
};

/** A call that was held back and runs was approved. */
const decisionFor = (call: HeldCall | undefined, options: unknown): string | undefined => {
  if (call === undefined) return undefined;
  const answered = isAnswered(field(options, 'messages'), call.call_id);
  if (answered || asked.isWaiting(call.call_id)) return asked.answer(call, 'approved');
  return asked.decisionOn(call.call_id);
};

/** `toolApproval` of the SDK's version 7: one function for all tools, or a status or function for each. */
const wrapApproval = (rules: unknown, agent: string | undefined): unknown => {
  const watch =
    (rule: Method, nameOf: (args: unknown[]) => HeldCall | undefined): Method =>
    (...args) =>
      observe(
        () => rule(...args),
        (outcome) => {
          const call = nameOf(args);
          const messages = field(args[0], 'messages') ?? field(args[1], 'messages');
          if (outcome.ok && call !== undefined)
            judged(call, outcome.value, messages, 'toolApproval');
        },
      );
  const held = (call_id: string | undefined, tool: string | undefined): HeldCall | undefined =>
    call_id === undefined || tool === undefined ? undefined : { call_id, tool, agent };
  if (isMethod(rules))
    return watch(rules, ([about]) => {
      const call = field(about, 'toolCall');
      return held(textField(call, 'toolCallId'), textField(call, 'toolName'));
    });
  if (typeof rules !== 'object' || rules === null) return rules;
  // One without a rule of its own falls to its `needsApproval`.
  const ruled = Object.entries(rules).filter(
    ([, rule]: [string, unknown]) => rule !== undefined && rule !== null,
  );
  const each = ruled.map(([tool, rule]: [string, unknown]) => [
    tool,
    watch(isMethod(rule) ? rule : () => rule, ([, options]) =>
      held(textField(options, 'toolCallId'), tool),
    ),
  ]);
  return Object.fromEntries(each) as unknown;
};

/**
 * The settings of `generateText`, `streamText` or an agent of the AI SDK, with the same model and tools, recorded:
 * `generateText(aiSdk({ model, tools, prompt }))`. The tools of each model call are what the agent holds then
 * (`chat {model}`), an executed tool is a use (`execute_tool {name}`), and a call that `needsApproval` or `toolApproval`
 * holds back is a decision with its approval, whether it is approved, refused, or answered in another process. Where the
 * SDK's own telemetry runs, its spans are stamped instead. Give a model object: one told by its name is out of reach,
 * and with it the tools offered and the refusals. Never throws.
 */
export const aiSdk = <S extends object>(settings: S, { agent }: AiSdkOptions = {}): S =>
  guard(
    'wrapping the settings of the AI SDK',
    () => {
      const model = field(settings, 'model');
      const tools = field(settings, 'tools');
      const approval = field(settings, 'toolApproval');
      const named = typeof tools === 'object' && tools !== null ? Object.entries(tools) : undefined;
      return {
        ...settings,
        ...(model !== undefined && { model: wrapModel(model, agent) }),
        ...(named && {
          tools: Object.fromEntries(
            named.map(([name, tool]: [string, unknown]) => [name, wrapTool(name, tool, agent)]),
          ),
        }),
        ...(approval !== undefined && { toolApproval: wrapApproval(approval, agent) }),
      };
    },
    settings,
  );
