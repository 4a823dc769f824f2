// What a command tells the server, one PUT after another, each answered before the next.
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Io } from './command.ts';
import { openTarget, refusalOf } from './target.ts';

export interface Put {
  path: string;
  body: unknown;
  /** What a refusal is about. */
  about: string;
  /** Printed when it is kept. */
  done: string;
}

/** Throws AppError `bad_request` at the first that is refused; those before it are kept. */
export const putAll = async (
  to: { url: string | undefined; config: Config; io: Io },
  puts: readonly Put[],
): Promise<void> => {
  const target = await openTarget(to);
  try {
    for (const { path, body, about, done } of puts) {
      const response = await target.send(path, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (!response.ok) {
        throw new AppError('bad_request', `${about}: ${await refusalOf(response)}`);
      }
      to.io.out(done);
    }
  } finally {
    await target.close();
  }
};
