// What was not taken: written to the spool, and sent from there when the receiver is back.
import type { Sent } from './answer.ts';
import type { Body } from './bodies.ts';
import { report } from './guard.ts';
import type { Spool } from './spool.ts';
import { opened, sealed } from './spool-format.ts';

/** What could not be sent. No call throws or rejects; what cannot be kept is told. */
export interface Backlog {
  /** Writes a body to the spool. */
  keep: (body: Body) => Promise<void>;
  /** Sends what the spool holds, until a body is not taken. */
  resume(): Promise<void>;
  /** Writes all this at once, with what is still being written, and gives back what is being sent: the process exits. */
  close(bodies: readonly Body[]): void;
}

/** The backlog in a spool, or in none: then all that it is given is lost. */
export const backlogOf = (
  spool: Spool | undefined,
  ask: (body: Body) => Promise<Sent>,
): Backlog => {
  const writing = new Set<Body>();
  let resuming: Promise<void> | undefined;
  /** Whether the spool may hold something; what earlier runs left is not known before a look. */
  let left = true;
  let closed = false;
  const tellLost = (bodies: readonly Body[]): void => {
    const lost = bodies.reduce((sum, { spans }) => sum + spans, 0);
    if (lost > 0) report(`${lost} spans were lost`);
  };
  const send = async (text: string): Promise<Sent> => {
    if (closed) return 'later';
    const body = opened(text);
    if (body === undefined) return 'damaged';
    const sent = await ask(body);
    left ||= sent === 'later';
    return sent;
  };
  return {
    async keep(body) {
      writing.add(body);
      left = true;
      closed = false;
      const kept = (await spool?.keep(sealed(body))) === true;
      // Closing in the meantime has written it, or told of it, already.
      if (writing.delete(body) && !kept) tellLost([body]);
    },
    resume() {
      if (resuming !== undefined) return resuming;
      if (spool === undefined || !left) return Promise.resolve();
      left = false;
      closed = false;
      resuming = spool.drain(send).finally(() => {
        resuming = undefined;
      });
      return resuming;
    },
    close(bodies) {
      closed = true;
      spool?.release();
      const rest = [...writing, ...bodies];
      writing.clear();
      tellLost(rest.filter((body) => spool?.keepNow(sealed(body)) !== true));
    },
  };
};
