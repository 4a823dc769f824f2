// A policy engine that records what it decides, one decision or several a call, and the decision behind a result.
import { observeDecision } from './authorize.ts';
import { guard, observe, report } from './guard.ts';
import { textField } from './read.ts';
import type { Answer, AuthorizationRequest, Decision } from './types.ts';

/** One call asks a handful of questions; each becomes a span, and a queue of 2048 must hold more than one call. */
const MAX_DECISIONS = 1000;
interface Kept {
  request: AuthorizationRequest;
  decision: Decision;
}
const kept = new WeakMap<object, Kept[]>();

const keep = (result: unknown, decisions: Kept[]): void => {
  if (typeof result === 'object' && result !== null) kept.set(result, decisions);
};

/**
 * The decision that was recorded for an engine's result, to be given to `tool`; undefined where nothing was recorded
 * or the result is no object. A result of several decisions is searched by permission and resource id.
 */
export const decisionOf = (
  result: unknown,
  about: { permission?: string; resource?: string } = {},
): Decision | undefined => {
  if (typeof result !== 'object' || result === null) return undefined;
  return kept
    .get(result)
    ?.find(
      ({ request }) =>
        (about.permission === undefined || about.permission === request.permission) &&
        (about.resource === undefined || about.resource === textField(request.resource, 'id')),
    )?.decision;
};

/** Evaluates once and records the one decision that `read` finds; the result and what is thrown pass unchanged. */
export const observeOne = <T>(
  request: AuthorizationRequest,
  evaluate: () => T,
  read: (result: Awaited<T>) => Answer | undefined,
): T => {
  let told: unknown;
  return observeDecision(
    request,
    evaluate,
    (result) => {
      told = result;
      return read(result);
    },
    (decision) => keep(told, [{ request, decision }]),
  );
};

/** One decision of several that a call asks for: how it is read, and which part of the result is its own. */
export interface Item {
  request: AuthorizationRequest;
  read: (result: unknown) => Answer | undefined;
  part: (result: unknown) => unknown;
}

/** Opens the decision of one item, whose span stands beside the others'; `settle` or `fail` closes it. */
const openOne = ({ request, read, part }: Item, all: Kept[]) => {
  let settle: (result: unknown) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const result = new Promise<unknown>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  let piece: unknown;
  const reading = (value: unknown): Answer | undefined => {
    piece = part(value);
    return read(value);
  };
  const decided = (decision: Decision): void => {
    all.push({ request, decision });
    const before = typeof piece === 'object' && piece !== null ? kept.get(piece) : undefined;
    keep(piece, [...(before ?? []), { request, decision }]);
  };
  // The failure is the caller's, who gets it from the engine's own promise.
  observeDecision(request, () => result, reading, decided).catch(() => undefined);
  return { settle, fail };
};

/** Evaluates once and records one decision for each item, side by side; what passes, passes unchanged. */
export const observeMany = (items: readonly Item[], evaluate: () => unknown): unknown => {
  if (items.length > MAX_DECISIONS)
    report(`of ${items.length} decisions in one call ${MAX_DECISIONS} are recorded`);
  const all: Kept[] = [];
  const waiting = items.slice(0, MAX_DECISIONS).map((item) => openOne(item, all));
  return observe(evaluate, (outcome) => {
    if (outcome.ok) keep(outcome.value, all);
    for (const { settle, fail } of waiting) {
      if (outcome.ok) settle(outcome.value);
      else fail(outcome.error);
    }
  });
};

/** What a recorded method does with its arguments; `call` runs the engine's own, with other arguments where given. */
export type Method = (
  args: readonly unknown[],
  call: (changed?: readonly unknown[]) => unknown,
) => unknown;

const recorded = new WeakSet<object>();

/** A proxy must give out a frozen property as it is, or the runtime throws. */
const isFixed = (target: object, key: string): boolean => {
  const property = Reflect.getOwnPropertyDescriptor(target, key);
  return property?.configurable === false && property.writable !== true;
};

/** The same engine whose `methods` are recorded; one that is recorded already, or cannot be, stays as it is. */
export const recording = <T extends object>(
  engine: T,
  methods: Readonly<Record<string, Method>>,
): T =>
  guard(
    'recording an engine',
    () => {
      if (recorded.has(engine)) return engine;
      const fixed = Object.keys(methods).some((key) => isFixed(engine, key));
      const target = fixed ? (Object.create(engine) as T) : engine;
      const proxy = new Proxy(target, {
        get: (_, key) => {
          const value: unknown = Reflect.get(engine, key);
          const method =
            typeof key === 'string' && Object.hasOwn(methods, key) ? methods[key] : undefined;
          if (method === undefined || typeof value !== 'function') return value;
          return (...args: unknown[]): unknown =>
            method(args, (changed = args): unknown => Reflect.apply(value, engine, changed));
        },
      });
      recorded.add(proxy);
      return proxy;
    },
    engine,
  );
