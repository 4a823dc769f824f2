// The days that an agent lives through: its sessions of today as a script, those of earlier days by the week's rhythm.
import { start } from '../start.ts';
import type { Clock } from './clock.ts';
import { moveClock } from './clock.ts';

const DAY_MS = 86_400_000;
/** Sessions lie within the working hours before each day's end, which is this very hour of the clock. */
const WORKING_MS = 9 * 3_600_000;
/** The day's last session begins so long before its end, and is over by then. */
const LAST_SESSION_MS = 15 * 60_000;
const SATURDAY = 6;
const SUNDAY = 0;

export interface Day {
  /** Days before today; 0 is today. */
  ago: number;
  /** How many days before today the history has. */
  of: number;
  weekend: boolean;
}

/** One session: its name, how many there were with it, and the day. */
export type Session = (about: { name: string; number: number; day: Day }) => Promise<void>;

export interface Life {
  /** Today's sessions, all that the agent is there to show. */
  today: readonly Session[];
  /** The sessions of an earlier day. */
  earlier: (day: Day) => readonly Session[];
  /** Runs before the first session of each day. */
  morning?: (day: Day) => void;
  close: () => Promise<void>;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Days of history, as `run.ts` says them; 0 is today alone. */
export const daysAsked = (): number => Number(process.env['FOOTPRINT_DEMO_DAYS'] ?? '0');

const isWeekend = (instant: number): boolean =>
  [SATURDAY, SUNDAY].includes(new Date(instant).getUTCDay());

/** `calendar-1127-091500`: two runs of the demo have sessions of their own. */
const nameNow = (agent: string): string => {
  const [day, time] = new Date().toISOString().slice(5, 19).replaceAll(/[-:]/g, '').split('T');
  return `${agent.split('-')[0]}-${day}-${time}`;
};

/** Starts telemetry, prepares the agent once the clock stands at the first day, lives through the days one session after the other, and sends the rest. */
export const live = async (
  agent: string,
  prepare: (clock: Clock) => Promise<Life>,
): Promise<void> => {
  const now = Date.now();
  const of = daysAsked();
  const clock = moveClock();
  clock.set(now - of * DAY_MS - WORKING_MS);
  const telemetry = start({ agent });
  const { today, earlier, morning, close } = await prepare(clock);
  let number = 0;
  for (let ago = of; ago >= 0; ago -= 1) {
    const evening = now - ago * DAY_MS;
    const day = { ago, of, weekend: isWeekend(evening) };
    const sessions = ago === 0 ? today : earlier(day);
    const begin = evening - WORKING_MS;
    const step = (WORKING_MS - LAST_SESSION_MS) / Math.max(1, sessions.length - 1);
    if (sessions.length > 0) {
      clock.set(begin);
      morning?.(day);
    }
    for (const [index, session] of sessions.entries()) {
      clock.set(begin + (sessions.length === 1 ? 0 : index * step) + 60_000);
      number += 1;
      await session({ name: nameNow(agent), number, day });
    }
    // What a day brought is sent before the clock moves on, so that nothing waits in a queue that has an end.
    await telemetry.flush();
    if (of > 0 && ago > 0 && ago % 10 === 0)
      say(`  ${agent}: ${ago} days to go, ${number} sessions so far`);
  }
  await close();
  await telemetry.shutdown();
  say(`  ${agent}: ${number} sessions`);
};

/** A number between two bounds that differs from session to session and is the same in each run. */
export const vary = (number: number, low: number, high: number): number =>
  low + (((number * 7919) % 101) / 101) * (high - low);
