// Where a command sends what it read: a running server by its URL, or the data folder itself when none runs.
import { existsSync } from 'node:fs';
import * as v from 'valibot';
import type { Config } from '../config.ts';
import { urlOf } from '../config.ts';
import { AppError } from '../errors.ts';
import { createLog } from '../log.ts';
import { openParts } from '../main.ts';
import type { Io } from './command.ts';

export interface Target {
  /** For people: a URL or a folder. */
  name: string;
  send(path: string, init: RequestInit): Promise<Response>;
  /** Ends what was begun; when it returns, everything sent is in the store of a folder. */
  close(): Promise<void>;
}

/** A server on this machine answers at once or is not there. */
const PROBE_TIMEOUT_MS = 1000;
/** A busy server says when to come again; it gets a minute before the command gives up. */
const TRIES_MAX = 60;
const WAIT_MS = 1000;

/** The server at `url`; without one, the server of the settings if it runs, else its data folder. */
export const openTarget = async ({
  url,
  config,
  io,
  asks = false,
}: {
  url: string | undefined;
  config: Config;
  io: Io;
  /** For questions: a folder that is not there would answer that all is well. */
  asks?: boolean;
}): Promise<Target> => {
  const configured = urlOf(config.host, config.port);
  if (url !== undefined) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new AppError('bad_param', `--url must be an http URL, got ${JSON.stringify(url)}`);
    }
    if (!(await answers(url))) {
      throw new AppError('store_unavailable', `no Footprint server answers at ${url}`);
    }
    return overHttp(url);
  }
  if (config.port !== 0 && (await answers(configured))) return overHttp(configured);
  if (asks && !existsSync(config.data)) {
    throw new AppError(
      'store_unavailable',
      `no Footprint server answers at ${configured}, and there is no data folder ${config.data}`,
    );
  }
  const log = createLog({ level: 'warn', now: io.now, write: io.err });
  const parts = await openParts({ config, log, now: io.now });
  return {
    name: config.data,
    send: async (path, init) =>
      patiently(() =>
        parts.app.request(new URL(path, configured).href, withHost(init, configured)),
      ),
    close: () => parts.close(),
  };
};

/** True where a Footprint server lives at the URL. */
export const answers = async (url: string): Promise<boolean> => {
  try {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const body: unknown = await (await fetch(new URL('/healthz', url), { signal })).json();
    return typeof body === 'object' && body !== null && 'status' in body && body.status === 'live';
  } catch {
    return false;
  }
};

/** Why a server refuses, in its own words. */
export const refusalOf = async (response: Response): Promise<string> => {
  const body: unknown = await response.json().catch(() => null);
  const message = v.safeParse(v.object({ error: v.object({ message: v.string() }) }), body);
  return message.success ? message.output.error.message : `the server answered ${response.status}`;
};

const overHttp = (url: string): Target => ({
  name: url,
  send: (path, init) => patiently(() => fetch(new URL(path, url), init)),
  close: () => Promise.resolve(),
});

/** The guard checks the Host that a browser or exporter would send. */
const withHost = (init: RequestInit, url: string): RequestInit => {
  const headers = new Headers(init.headers);
  headers.set('host', new URL(url).host);
  return { ...init, headers };
};

/** Asks again while the answer is that the server is busy. */
const patiently = async (send: () => Response | Promise<Response>): Promise<Response> => {
  for (let tries = 1; ; tries += 1) {
    const response = await send();
    if ((response.status !== 503 && response.status !== 429) || tries >= TRIES_MAX) return response;
    await response.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
};
