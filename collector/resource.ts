// A temporary resource: made by the agent, and gone when its task ends, whether that succeeded or failed.
import type { Context } from '@opentelemetry/api';
import { context, createContextKey } from '@opentelemetry/api';
import { randomUUID } from 'node:crypto';
import { ATTR, SPAN } from './attributes.ts';
import type { Outcome } from './guard.ts';
import { complain, functionOf, guard, isThenable, observe, report } from './guard.ts';
import { credentialOf, decisionOf } from './parts.ts';
import { field, instant, oneOf, textField } from './read.ts';
import type { Draft, TaskAttributes } from './span.ts';
import { close, contextOf, errorType, inside, open, taskOf, traceparentOf } from './span.ts';
import type {
  CleanupOutcome,
  CleanupTrigger,
  TemporaryResource,
  TemporaryResourceOptions,
} from './types.ts';

/** More than this in one task are not released by its end: remembering them all must not grow without limit. */
const MAX_HELD = 1000;
/** A clean-up that hangs must not hang the task that it ends. */
const MAX_WAIT_MS = 30_000;
const MILLIS = 1000;
const HELD = createContextKey('footprint.resources');

const TRIGGERS = ['task_end', 'ttl', 'manual', 'crash_recovery'] as const;
const OUTCOMES = ['deleted', 'already_absent', 'failed', 'skipped', 'leaked'] as const;
/** What a system says of a thing that is gone already: file systems, HTTP, cloud APIs. */
const ABSENT: readonly unknown[] = ['ENOENT', 404, 410, 'NotFound', 'not_found'];

type Release<T> = ((value: T) => unknown) | undefined;
/** Ends one resource as its task ends; never rejects. */
export type Ending = () => Promise<unknown>;

/** What is told of one resource, from its making to its end. */
interface Known {
  id: string;
  attributes: Draft;
  task: TaskAttributes | undefined;
  link: string | undefined;
}

const describe = (options: TemporaryResourceOptions): Known => {
  const type = textField(options, 'type') ?? 'unknown';
  const id = textField(options, 'id') ?? randomUUID();
  const seconds = field(options, 'expires_in');
  const expires =
    typeof seconds === 'number' ? Date.now() + seconds * MILLIS : field(options, 'expires_at');
  const attributes = {
    [ATTR.temp_resource_type]: type,
    [ATTR.temp_resource_id]: id,
    [ATTR.temp_resource_expires_at]: instant(expires),
    [ATTR.resource_type]: type,
    [ATTR.resource_id]: id,
    [ATTR.resource_owner]: textField(options, 'owner'),
  };
  const agent = textField(options, 'agent');
  const around = guard('a context', () => taskOf(context.active()), undefined);
  const task = agent === undefined ? around : { ...around, 'gen_ai.agent.name': agent };
  return { id, attributes, task, link: undefined };
};

/** What running a clean-up came to. */
const outcomeOf = (ended: Outcome): CleanupOutcome => {
  if (ended.ok) return oneOf(ended.value, OUTCOMES) ?? 'deleted';
  const told = [
    field(ended.error, 'code'),
    field(ended.error, 'status'),
    field(ended.error, 'statusCode'),
  ];
  return told.some((word) => ABSENT.includes(word)) ? 'already_absent' : 'failed';
};

/** Runs `work` as the removal of a resource; its value and its errors pass unchanged. */
const remove = <R>(
  known: Known,
  trigger: CleanupTrigger,
  work: () => R,
  tell: (outcome: CleanupOutcome) => void = () => undefined,
): R => {
  const { attributes, task, link } = known;
  const name = `${SPAN.cleanup} ${String(attributes[ATTR.temp_resource_type])}`;
  const span = open(name, { ...attributes, [ATTR.cleanup_trigger]: trigger }, { task, link });
  return observe(
    () => inside(contextOf(span), work),
    (ended) => {
      const outcome = outcomeOf(ended);
      tell(outcome);
      const failure = outcome === 'failed' && !ended.ok ? errorType(ended.error) : undefined;
      close(span, { [ATTR.cleanup_outcome]: outcome }, failure);
    },
  );
};

const hold = <T>(known: Known, value: T, release: Release<T>): TemporaryResource<T> => {
  const held = guard(
    'a context',
    () => context.active().getValue(HELD) as Set<Ending> | undefined,
    undefined,
  );
  let ending: Promise<CleanupOutcome> | undefined;
  const end = (trigger: CleanupTrigger): Promise<CleanupOutcome> =>
    (ending ??= (async () => {
      held?.delete(endWithTask);
      let outcome: CleanupOutcome = 'leaked';
      const work = (): unknown => (release === undefined ? outcome : release(value));
      // Called before the first await, so that a clean-up without one is done when `using` ends.
      await remove(known, trigger, work, (told) => (outcome = told));
      return outcome;
    })());
  const quietly = async (): Promise<void> => {
    await end('task_end').catch((fault: unknown) => report('a clean-up failed', fault));
  };
  const endWithTask: Ending = quietly;
  if (held !== undefined && held.size < MAX_HELD) held.add(endWithTask);
  return {
    value,
    id: known.id,
    release: (options) => end(oneOf(field(options, 'trigger'), TRIGGERS) ?? 'manual'),
    [Symbol.asyncDispose]: async () => void (await end('task_end')),
    [Symbol.dispose]: () => void quietly(),
  };
};

function acquire<T>(
  options: TemporaryResourceOptions,
  make: () => PromiseLike<T>,
  release?: (value: T) => unknown,
): Promise<TemporaryResource<T>>;
function acquire<T>(
  options: TemporaryResourceOptions,
  make: () => T,
  release?: (value: T) => unknown,
): TemporaryResource<T>;
function acquire<T>(
  options: TemporaryResourceOptions,
  make: () => T | PromiseLike<T>,
  release?: (value: T) => unknown,
): TemporaryResource<T> | Promise<TemporaryResource<T>> {
  const known = describe(options);
  const span = open(
    `${SPAN.acquire} ${String(known.attributes[ATTR.temp_resource_type])}`,
    {
      ...known.attributes,
      [ATTR.permission]: textField(options, 'permission'),
      [ATTR.decision_id]: decisionOf(options),
      [ATTR.credential_fingerprint]: credentialOf(field(options, 'credential')),
    },
    { task: known.task },
  );
  const held = { ...known, link: traceparentOf(span) };
  const made = observe(
    () => inside(contextOf(span), functionOf('resource', options, make)),
    (outcome) => close(span, {}, outcome.ok ? undefined : errorType(outcome.error)),
  );
  const end = typeof release === 'function' ? release : undefined;
  if (end !== release) complain('resource was given something else than a function for its end');
  if (!isThenable(made)) return hold(held, made, end);
  return Promise.resolve(made).then((value) => hold(held, value as T, end));
}

const cleanup = <R>(
  options: TemporaryResourceOptions & { trigger?: CleanupTrigger },
  work: () => R,
): R =>
  remove(
    describe(options),
    oneOf(field(options, 'trigger'), TRIGGERS) ?? 'crash_recovery',
    functionOf('resource.cleanup', options, work),
  );

/** A context whose resources end with `endAll`. */
export const withResources = (within: Context, held: Set<Ending>): Context =>
  within.setValue(HELD, held);

/** Releases what a task still holds, newest first; never throws, and gives up waiting after 30 seconds. */
export const endAll = async (held: Set<Ending>): Promise<void> => {
  const all = (async () => {
    for (const end of [...held].reverse()) await end();
  })();
  let late: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    late = setTimeout(() => {
      report(`a clean-up took longer than ${MAX_WAIT_MS} ms and was left to itself`);
      resolve();
    }, MAX_WAIT_MS);
  });
  await Promise.race([all, limit]);
  clearTimeout(late);
};

/**
 * Makes a temporary resource with `make`, recorded as `acquire {type}`, and gives it with its end: `release` is run
 * once, by `held.release()`, at the end of a `using` block or, at the latest, when the task around it ends, whether
 * that succeeded or failed; recorded as `cleanup {type}` with outcome and trigger. `release` may answer an outcome
 * (`skipped`, `already_absent`); an error that says that the thing is gone (ENOENT, 404) is `already_absent`.
 * Without `release` the end of the task records that it `leaked`. What `make` and `release` throw passes unchanged,
 * but at the end of a task, whose own result it must not change: there diag says it.
 *
 * `resource.cleanup(options, work)` records the removal of one that another run left (`crash_recovery`).
 */
export const resource = Object.assign(acquire, { cleanup });
