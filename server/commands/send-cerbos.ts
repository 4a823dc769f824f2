// footprint send cerbos: a Cerbos audit log, once or as it grows, to a running server.
import { resolve } from 'node:path';
import { urlOf } from '../config.ts';
import { AppError } from '../errors.ts';
import { EXIT, readArgs, usageError, type Command, type Io } from './command.ts';
import { createFollower } from './follow.ts';
import { readSettings, SETTING_HELP, SETTING_OPTIONS } from './settings.ts';

/** A line is on its way a second after it was written. */
const LOOK_MS = 1000;
/** A server that is away is asked again after as long, then twice as long each time … */
const RETRY_FIRST_MS = 1000;
/** … up to this. */
const RETRY_MAX_MS = 30_000;
/** A request is answered once it is on the server's disk; one that takes longer is sent again. */
const TIMEOUT_MS = 60_000;

export const sendCerbos: Command = {
  name: 'send cerbos',
  summary: 'send a Cerbos audit log to a server, with --follow as it grows',
  help: `Usage: footprint send cerbos [options] <file>

Sends the decisions of an audit log that Cerbos writes (audit.backend: file) to
the server at --url, else to the one that the settings name. How far it came is
kept beside the file, so that the next run goes on from there. Decisions that
are there already are not stored again.

Options:
  --follow               wait for more lines, through rotation, until stopped;
                         a server that is away is asked again
  --url <url>            a running server
  --place <file>         where to keep how far it came (default <file>.sent)
${SETTING_HELP}
`,
  async run(argv, io) {
    const { values, positionals } = readArgs(argv, {
      ...SETTING_OPTIONS,
      url: { type: 'string' },
      place: { type: 'string' },
      follow: { type: 'boolean' },
    });
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw usageError('send cerbos needs one file');
    const { config } = readSettings(values, io);
    const url = String(values.url ?? urlOf(config.host, config.port));
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw usageError(`--url must be an http URL, got ${JSON.stringify(url)}`);
    }
    const path = resolve(io.cwd, file);
    const place = resolve(io.cwd, String(values.place ?? `${file}.sent`));
    return send({ path, place, follow: values.follow === true, url, io });
  },
};

interface Sending {
  path: string;
  place: string;
  follow: boolean;
  url: string;
  io: Io;
}

const send = async ({ path, place, follow, url, io }: Sending): Promise<number> => {
  const follower = createFollower(path, place);
  const stopping = new AbortController();
  if (follow) void io.untilStopped().then(() => stopping.abort());
  const pause = pauseUntil(stopping.signal);
  const tally = { decisions: 0, rejected: 0 };
  let waited = RETRY_FIRST_MS;
  try {
    while (!stopping.signal.aborted) {
      const lines = await follower.next(!follow).catch((error: unknown) => {
        const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
        if (missing && follow) return null;
        const what = error instanceof Error ? error.message : String(error);
        throw new AppError('bad_request', `${path} cannot be read: ${what}`);
      });
      if (lines === null || lines.bytes.length === 0) {
        if (!follow) break;
        await pause(LOOK_MS);
        continue;
      }
      const told = await post(url, lines.bytes, stopping.signal);
      if (typeof told === 'string') {
        if (stopping.signal.aborted) break;
        if (!follow) throw new AppError('store_unavailable', told);
        io.err(`${told}; trying again in ${waited / 1000} s\n`);
        await pause(waited);
        waited = Math.min(waited * 2, RETRY_MAX_MS);
        continue;
      }
      waited = RETRY_FIRST_MS;
      await lines.taken();
      tally.decisions += told.decisions;
      tally.rejected += told.rejected;
      for (const fault of told.faults) io.err(`not kept: ${fault}\n`);
    }
  } finally {
    await follower.close();
  }
  io.out(`sent ${tally.decisions} decision(s) of ${path} to ${url}\n`);
  if (tally.rejected > 0) io.err(`${tally.rejected} entry(ies) were not kept\n`);
  return tally.rejected > 0 ? EXIT.failed : EXIT.done;
};

interface Told {
  decisions: number;
  rejected: number;
  faults: string[];
}

/** What the server kept, or why it could not be reached. Throws AppError where it refuses for good. */
const post = async (url: string, body: Buffer, stopped: AbortSignal): Promise<Told | string> => {
  try {
    const response = await fetch(new URL('/v1/cerbos/logs', url), {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: new Uint8Array(body),
      signal: AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (response.ok) return (await response.json()) as Told;
    const said = `${url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`;
    if (response.status === 429 || response.status >= 500) return said;
    throw new AppError('bad_request', said);
  } catch (error) {
    if (error instanceof AppError) throw error;
    return `${url} cannot be reached`;
  }
};

/** Waits, or less where it is asked to stop. */
const pauseUntil =
  (stopped: AbortSignal) =>
  (ms: number): Promise<void> =>
    new Promise((done) => {
      const end = (): void => {
        clearTimeout(timer);
        stopped.removeEventListener('abort', end);
        done();
      };
      const timer = setTimeout(end, ms);
      if (stopped.aborted) end();
      else stopped.addEventListener('abort', end);
    });
