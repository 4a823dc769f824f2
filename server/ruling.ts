// What people rule: recorded in the control data first, then told to the store, which is never behind an act that was answered.
import type { Act, Change, Control } from './control/control.ts';
import { readRulings } from './control/rulings.ts';
import { AppError } from './errors.ts';
import type { LogSink } from './model/log.ts';
import type { Rulings, YoungDays } from './model/rulings.ts';

/** What an act is about: acts of one kind on one target take turns. */
export type Subject = Pick<Act, 'workspace' | 'action' | 'target'>;

export interface Ruling {
  /**
   * Records an act and its changes; the store counts with it when this resolves. Throws AppError
   * `control_unavailable`, or whatever its changes throw: then nothing is recorded. Throws `store_unavailable`
   * where it is recorded and the store does not count with it yet: that is tried again until it does.
   */
  rule(act: Act, changes: readonly Change[]): Promise<void>;
  /**
   * Runs `work` while nobody else's runs on the same subject, with the store up to date, so that what it looked at
   * still holds when it rules. Throws AppError `conflict` where somebody ruled on it while this one waited,
   * `overloaded` where too many wait, `store_unavailable` where the store is behind and cannot be told.
   */
  inTurn<Answer>(subject: Subject, work: () => Promise<Answer>): Promise<Answer>;
  /** Tells the store all rulings. Throws AppError `control_unavailable` or `store_unavailable`. */
  tell(): Promise<void>;
  /** Nothing is tried again any more. */
  close(): void;
}

/** A store that fails needs some time; people look again after some seconds. */
const AGAIN_MS = 2000;
/** People act on one proposal by ones and twos; more at once is a fault of a program. */
const WAITING_MAX = 100;

interface Turns {
  last: Promise<unknown>;
  waiting: number;
  /** How often somebody ruled on it while others waited. */
  ruled: number;
}

export const createRuling = ({
  control,
  put,
  young_days = [],
  log,
  again_ms = AGAIN_MS,
}: {
  control: Control;
  /** Puts rulings into the store in place of those told before. */
  put: (rulings: Rulings) => Promise<void>;
  /** Ages below which verdicts wait, by risk, where they are not the usual ones. */
  young_days?: readonly YoungDays[];
  log: LogSink;
  again_ms?: number;
}): Ruling => {
  let recorded = 0;
  let told = 0;
  let telling: Promise<unknown> = Promise.resolve();
  /** Has not begun to read: whoever recorded something by now can wait for it too. */
  let next: Promise<void> | null = null;
  let again: NodeJS.Timeout | null = null;
  let closed = false;
  const turns = new Map<string, Turns>();

  const tellAll = async (): Promise<void> => {
    next = null;
    const including = recorded;
    await put(await readRulings(control, young_days));
    told = including;
  };
  const tell = (): Promise<void> => {
    if (next !== null) return next;
    next = telling.then(tellAll);
    telling = next.catch(() => undefined);
    return next;
  };
  const tellAgain = (): void => {
    if (closed || again !== null) return;
    again = setTimeout(() => {
      again = null;
      if (told < recorded) tell().catch(failed);
    }, again_ms).unref();
  };
  const failed = (error: unknown): void => {
    log.error('the store was not told of rulings', { error: String(error) });
    tellAgain();
  };

  return {
    tell,
    async rule(act, changes) {
      await control.act(act, changes);
      recorded += 1;
      const others = turns.get(keyOf(act));
      if (others !== undefined) others.ruled += 1;
      try {
        await tell();
      } catch (cause) {
        failed(cause);
        throw new AppError(
          'store_unavailable',
          'this is recorded and need not be sent again, but answers do not count with it yet: the store failed and is told again',
          { cause },
        );
      }
    },
    async inTurn(subject, work) {
      const key = keyOf(subject);
      const mine = turns.get(key) ?? { last: Promise.resolve(), waiting: 0, ruled: 0 };
      if (mine.waiting >= WAITING_MAX) {
        throw new AppError('overloaded', 'too many acts on this wait for each other');
      }
      turns.set(key, mine);
      mine.waiting += 1;
      const seen = mine.ruled;
      const turn = mine.last.then(async () => {
        if (mine.ruled !== seen) {
          throw new AppError('conflict', 'somebody else acted on this at the same moment');
        }
        if (told < recorded) await tell();
        return work();
      });
      mine.last = turn.catch(() => undefined);
      try {
        return await turn;
      } finally {
        mine.waiting -= 1;
        if (mine.waiting === 0) turns.delete(key);
      }
    },
    close() {
      closed = true;
      if (again !== null) clearTimeout(again);
    },
  };
};

const keyOf = ({ workspace, action, target }: Subject): string =>
  JSON.stringify([workspace, action, target]);
