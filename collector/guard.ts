// What keeps a fault of ours out of the host: every public call goes through here, and faults end in diag.
import { diag } from '@opentelemetry/api';

/** A fault that repeats in a hot loop must not flood the host's log; the first ones say all there is to say. */
const MAX_WARNINGS = 20;

let warnings = 0;

const say = (fault: unknown): string => {
  try {
    return fault instanceof Error ? `${fault.name}: ${fault.message}`.slice(0, 300) : typeof fault;
  } catch {
    return 'unreadable';
  }
};

/** Tells OpenTelemetry's diagnostic logger of a fault of ours; never throws. */
export const report = (what: string, fault?: unknown): void => {
  try {
    warnings += 1;
    if (warnings > MAX_WARNINGS) return;
    const cause = fault === undefined ? '' : `: ${say(fault)}`;
    diag.warn(`footprint: ${what}${cause}`);
  } catch {
    // A logger that throws is the host's, and still no reason to break the host.
  }
};

const complained = new Set<string>();

/** Tells once of a call of ours that cannot be right; never throws. */
export const complain = (what: string): void => {
  if (complained.has(what)) return;
  complained.add(what);
  try {
    diag.error(`footprint: ${what}`);
  } catch {
    // As above.
  }
};

const nothing = (): undefined => undefined;

/**
 * The function that a caller handed over, which plain JavaScript may do in the place of the options; one that does
 * nothing where there is none, which is told once.
 */
export const functionOf = <F extends () => unknown>(call: string, options: unknown, fn: F): F => {
  if (typeof fn === 'function') return fn;
  if (typeof options === 'function') return options as F;
  complain(`${call} was called without a function`);
  return nothing as unknown as F;
};

/** What `work` returns, or `otherwise` where it throws. */
export const guard = <T>(what: string, work: () => T, otherwise: T): T => {
  try {
    return work();
  } catch (fault) {
    report(`${what} failed`, fault);
    return otherwise;
  }
};

/** How a function of the host's ended. */
export type Outcome = { ok: true; value: unknown } | { ok: false; error: unknown };

/** True for anything with a `then` function; false where even looking throws. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    return typeof (value as { then?: unknown }).then === 'function';
  } catch {
    return false;
  }
};

/**
 * Runs the host's function once and tells `done` how it ended; its value and its errors pass unchanged.
 * A thenable is awaited by a promise of its own, which the caller gets, so that an unhandled rejection stays one.
 */
export const observe = <T>(run: () => T, done: (outcome: Outcome) => void): T => {
  const tell = (outcome: Outcome): void =>
    guard('recording an outcome', () => done(outcome), undefined);
  let value: T;
  try {
    value = run();
  } catch (error) {
    tell({ ok: false, error });
    throw error;
  }
  if (!isThenable(value)) {
    tell({ ok: true, value });
    return value;
  }
  return Promise.resolve(value).then(
    (settled) => {
      tell({ ok: true, value: settled });
      return settled;
    },
    (error: unknown) => {
      tell({ ok: false, error });
      throw error;
    },
  ) as T;
};
