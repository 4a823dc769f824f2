// Asks a receiver at a pace that it can bear: after a failure later each time, and not before it said.
import type { Sent } from './answer.ts';
import type { Body } from './bodies.ts';
import { report } from './guard.ts';
import type { Sender } from './send.ts';

/** The wait after a first failure; it doubles with each that follows. */
const FIRST_MS = 1000;
/** A receiver that was away for an hour is found back within a minute. */
const MOST_MS = 60_000;
/** Agents that lost one receiver together come back within a fifth of the wait of each other, either way. */
const JITTER = 0.2;
/** What a receiver may ask for: a slip in its Retry-After must not silence an agent for a day. */
const MOST_TOLD_MS = 10 * 60_000;

/** A receiver, and what is known of it. */
export interface Receiver {
  /** Whether it failed when it was last asked. */
  readonly away: boolean;
  /** When it was last asked or answered, by the clock of `performance.now`. */
  readonly askedAt: number;
  /** Milliseconds until it is to be asked again; 0 where it may be asked now. */
  wait(): number;
  /** Ends the wait, unless the receiver itself asked for it. */
  hurry(): void;
  /** Asks it to take a body, whether or not it is time. Never rejects. */
  ask: (body: Body) => Promise<Sent>;
  /** Ends what is under way, which then counts as not taken. */
  abort(): void;
  /** Calls back no more. */
  stop(): void;
}

/** The receiver behind a sender; `again` is called when it is time to ask it again, if the process still runs. */
export const receiverOf = (sender: Sender, again: () => void): Receiver => {
  let failures = 0;
  // The clock of a process may begin below 0, where something moved it.
  let until = -Infinity;
  let told = false;
  let askedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  // A clock that is set does not change this one.
  const wait = (): number => Math.max(0, until - performance.now());
  const failed = (toldMs: number | undefined): void => {
    const ms = Math.min(MOST_MS, FIRST_MS * 2 ** failures);
    const jittered = ms * (1 + JITTER * (2 * Math.random() - 1));
    failures += 1;
    told = toldMs !== undefined;
    until = performance.now() + Math.min(MOST_TOLD_MS, toldMs ?? jittered);
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(again, Math.ceil(wait()) + 1);
    timer.unref();
  };
  return {
    get away() {
      return failures > 0;
    },
    get askedAt() {
      return askedAt;
    },
    wait,
    hurry() {
      if (!told) until = -Infinity;
    },
    async ask(body) {
      askedAt = performance.now();
      const { sent, waitMs, fault } = await sender.send(body);
      askedAt = performance.now();
      if (sent === 'done') {
        failures = 0;
        until = -Infinity;
        return sent;
      }
      if (failures === 0) report(`${body.spans} spans could not be sent`, fault);
      failed(waitMs);
      return sent;
    },
    abort: () => sender.abort(),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
