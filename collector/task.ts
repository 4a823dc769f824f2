// One bounded run of an agent: an `invoke_agent` span, and the context that everything inside is stamped with.
import { context } from '@opentelemetry/api';
import { ATTR } from './attributes.ts';
import { functionOf, guard, isThenable, observe } from './guard.ts';
import { field, textField } from './read.ts';
import type { Ending } from './resource.ts';
import { endAll, withResources } from './resource.ts';
import type { TaskAttributes } from './span.ts';
import { close, contextOf, errorType, inside, open, taskOf, withTask } from './span.ts';
import type { TaskOptions } from './types.ts';

/** The task's own attributes over those of the task around it, whose agent becomes the parent. */
const attributesFor = (
  options: TaskOptions,
  around: TaskAttributes | undefined,
): TaskAttributes => {
  const identity = field(options, 'identity');
  const agent = textField(options, 'agent') ?? around?.['gen_ai.agent.name'];
  const outer = around?.['gen_ai.agent.name'];
  const session = textField(options, 'session') ?? around?.[ATTR.session_id];
  const told: Record<string, string | undefined> = {
    'gen_ai.agent.name': agent,
    'gen_ai.agent.version': textField(options, 'version'),
    'gen_ai.conversation.id': session,
    [ATTR.session_id]: session,
    [ATTR.session_task_id]: textField(options, 'task_id') ?? around?.[ATTR.session_task_id],
    [ATTR.session_goal]: textField(options, 'goal') ?? around?.[ATTR.session_goal],
    'user.id': textField(options, 'user') ?? around?.['user.id'],
    [ATTR.agent_identity_id]: textField(identity, 'id'),
    [ATTR.agent_identity_type]: textField(identity, 'type'),
    [ATTR.agent_parent]: outer === agent ? around?.[ATTR.agent_parent] : outer,
  };
  const attributes: Record<string, string> = {};
  for (const [key, value] of Object.entries(told)) if (value !== undefined) attributes[key] = value;
  return attributes;
};

/** Passes the task's own result on once what it still holds is released; without any at once. */
const afterEnd = <T>(held: Set<Ending>, run: () => T): T => {
  let value: T;
  try {
    value = run();
  } catch (error) {
    if (held.size > 0) void endAll(held);
    throw error;
  }
  if (!isThenable(value)) {
    if (held.size > 0) void endAll(held);
    return value;
  }
  return Promise.resolve(value).finally(() => (held.size > 0 ? endAll(held) : undefined)) as T;
};

/**
 * Runs `fn` as one task of an agent. Everything recorded inside belongs to it, through awaits as well, and temporary
 * resources that it still holds are released at its end: before the promise of an asynchronous task settles, and
 * beside a synchronous one, which cannot wait.
 * Returns what `fn` returns (a promise where it returns a thenable) and throws what it throws, nothing else.
 * A task inside a task is a sub-agent's: it inherits session, task and user where it names none of its own.
 */
export const task = <T>(options: TaskOptions, fn: () => T): T => {
  const attributes = guard<TaskAttributes>(
    'reading a task',
    () => attributesFor(options, taskOf(context.active())),
    {},
  );
  const agent = attributes['gen_ai.agent.name'];
  const span = open(agent === undefined ? 'invoke_agent' : `invoke_agent ${agent}`, {
    ...attributes,
    'gen_ai.operation.name': 'invoke_agent',
  });
  const work = functionOf('task', options, fn);
  const held = new Set<Ending>();
  const spanContext = contextOf(span) ?? guard('a context', () => context.active(), undefined);
  const within =
    spanContext &&
    guard('a context', () => withResources(withTask(spanContext, attributes), held), undefined);
  return observe(
    () => inside(within, () => afterEnd(held, work)),
    (outcome) => close(span, {}, outcome.ok ? undefined : errorType(outcome.error)),
  );
};
