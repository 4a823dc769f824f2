// LangChain agents: tools offered are the grant, executed ones the use; refusals and interrupts are decisions.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Asked, HeldCall } from '../asked.ts';
import { createAsked } from '../asked.ts';
import { guard, observe } from '../guard.ts';
import { offered } from '../offered.ts';
import { field, text, textField } from '../read.ts';
import { action } from '../tool.ts';

export interface LangChainOptions {
  /** The agent, where it runs outside a task. */
  agent?: string;
}

type Method = (...args: unknown[]) => unknown;
/** `(request, handler)` of `wrapModelCall` and `wrapToolCall`. */
type Wrap = (request: unknown, handler: Method) => unknown;

/** How LangChain knows a middleware (`MIDDLEWARE_BRAND`), here without loading it. */
const BRAND = Symbol.for('AgentMiddleware');
const asked: Asked = createAsked('langchain');
/** Whether the call that is being handled reached its tool. */
const handling = new AsyncLocalStorage<{ reached: boolean }>();

const isMethod = (value: unknown): value is Method => typeof value === 'function';
const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const callOf = (call: unknown, agent: string | undefined): HeldCall => {
  const tool = textField(call, 'name') ?? 'unknown';
  return { call_id: textField(call, 'id') ?? tool, tool, agent };
};

/** A tool that failed and was answered for: the answer goes on, the failure is recorded. */
class ToolFailed extends Error {
  readonly code = 'tool_error';
  readonly answer: unknown;
  constructor(answer: unknown) {
    super(text(field(answer, 'content')) ?? '');
    this.answer = answer;
  }
}

const isFailed = (answer: unknown): boolean => field(answer, 'status') === 'error';

/** Innermost: the tool itself. */
const execute =
  (agent: string | undefined): Wrap =>
  async (request, handler) => {
    const call = callOf(field(request, 'toolCall'), agent);
    const reached = handling.getStore();
    if (reached !== undefined) reached.reached = true;
    const { tool: name, call_id } = call;
    const decision = asked.isWaiting(call_id)
      ? asked.answer(call, 'approved')
      : asked.decisionOn(call_id);
    const told = {
      name,
      call_id,
      ...(agent === undefined ? {} : { agent }),
      ...(decision === undefined ? {} : { decision }),
    };
    try {
      return await action(told, async () => {
        const answer = await handler(request);
        if (isFailed(answer)) throw new ToolFailed(answer);
        return answer;
      });
    } catch (error) {
      if (error instanceof ToolFailed) return error.answer;
      throw error;
    }
  };

/** Outermost: a call that another middleware answers with an error, and that never reached its tool, was refused. */
const watch =
  (agent: string | undefined): Wrap =>
  async (request, handler) => {
    const state = { reached: false };
    const answer = await handling.run(state, () => handler(request));
    const refused = !state.reached && isFailed(answer);
    if (refused) {
      const call = callOf(field(request, 'toolCall'), agent);
      guard('recording a refusal', () => asked.decide(call, 'deny', 'wrapToolCall'), undefined);
    }
    return answer;
  };

/** Whether two calls ask for the same; arguments are compared and not recorded. */
const argsOf = (call: unknown): string =>
  guard('comparing arguments', () => JSON.stringify(field(call, 'args')) ?? '', '');

/** The calls that an interrupt asks about: it names them in order, without their ids. */
const heldBack = (error: unknown, calls: readonly unknown[]): unknown[] => {
  const requests = items(field(error, 'interrupts')).flatMap((interrupt) =>
    items(field(field(interrupt, 'value'), 'actionRequests')),
  );
  const left = [...calls];
  return requests.flatMap((request) => {
    const at = left.findIndex((call) => textField(call, 'name') === textField(request, 'name'));
    return at < 0 ? [] : left.splice(at, 1);
  });
};

/** What a person decided about the calls, as far as the answer of the hook shows it. */
const readDecisions = (
  calls: readonly { call: HeldCall; args: string }[],
  result: unknown,
): void => {
  const [message, ...answers] = items(field(result, 'messages'));
  const kept = items(field(message, 'tool_calls'));
  for (const { call, args } of calls) {
    const refused = answers.find((answer) => textField(answer, 'tool_call_id') === call.call_id);
    if (isFailed(refused)) asked.answer(call, 'denied');
    if (refused !== undefined || !asked.isWaiting(call.call_id)) continue;
    const now = kept.find((one) => textField(one, 'id') === call.call_id);
    const same = now !== undefined && argsOf(now) === args;
    asked.answer(call, now === undefined ? 'cancelled' : same ? 'approved' : 'modified');
  }
};

/** `humanInTheLoopMiddleware` asks in `afterModel`, which throws at first and is run again with the answer. */
const watchInterrupts = (middleware: unknown, agent: string | undefined): unknown => {
  const after = field(middleware, 'afterModel');
  const hook = isMethod(after) ? after : field(after, 'hook');
  if (!isMethod(hook) || typeof middleware !== 'object') return middleware;
  const watched: Method = (state, ...rest) => {
    // Read before the hook, which changes the message.
    const calls = guard(
      'reading tool calls',
      () => [...items(field(items(field(state, 'messages')).at(-1), 'tool_calls'))],
      [],
    );
    const held = calls.map((call) => ({ call: callOf(call, agent), args: argsOf(call) }));
    return observe(
      () => hook(state, ...rest),
      (outcome) => {
        if (outcome.ok) return readDecisions(held, outcome.value);
        for (const call of heldBack(outcome.error, calls))
          asked.decide(callOf(call, agent), 'require_approval', 'interruptOn');
      },
    );
  };
  return {
    ...middleware,
    afterModel: isMethod(after) ? watched : { ...(after as object), hook: watched },
  };
};

const toolName = (tool: unknown): string | undefined =>
  textField(tool, 'name') ?? textField(field(tool, 'function'), 'name') ?? textField(tool, 'type');

const callModel =
  (agent: string | undefined): Wrap =>
  (request, handler) => {
    const tools = items(field(request, 'tools')).flatMap((tool) => toolName(tool) ?? []);
    const model = field(request, 'model');
    const name = textField(model, 'model') ?? textField(model, 'modelName');
    return offered({ tools, model: name, agent }, () => handler(request));
  };

/**
 * The middleware of `createAgent` with the recording one: `createAgent({ model, tools, middleware: langChain([…]) })`.
 * The tools of each model call are what the agent holds then (`chat`), an executed tool is a use
 * (`execute_tool {name}`), a call that another middleware's `wrapToolCall` answers with an error is a deny, and an
 * interrupt of `humanInTheLoopMiddleware` a decision with its approval. As with any middleware, what a model or a tool
 * throws arrives inside LangChain's `MiddlewareError`. Never throws.
 */
export const langChain = <const M extends readonly unknown[]>(
  middleware: M,
  { agent }: LangChainOptions = {},
): NoInfer<M> =>
  guard(
    'making middleware',
    () => {
      const inner = {
        [BRAND]: true,
        name: 'Footprint',
        wrapModelCall: callModel(agent),
        wrapToolCall: execute(agent),
      };
      const outer = { [BRAND]: true, name: 'FootprintRefusals', wrapToolCall: watch(agent) };
      const watched = middleware.map((one) => watchInterrupts(one, agent));
      const refuse = middleware.some((one) => isMethod(field(one, 'wrapToolCall')));
      return [...(refuse ? [outer] : []), ...watched, inner] as unknown as M;
    },
    middleware,
  );
