// footprint send cerbos: a Cerbos audit log, once or as it grows, to a running server.
import { resolve } from 'node:path';
import { urlOf } from '../config.ts';
import { AppError } from '../errors.ts';
import { EXIT, readArgs, usageError, type Command, type Io } from './command.ts';
import { createFollower, type Lines } from './follow.ts';
import { readSettings, SETTING_HELP, SETTING_OPTIONS } from './settings.ts';

/** A line is on its way a second after it was written. */
const LOOK_MS = 1000;
/** A server that is away is asked again after as long, then twice as long each time … */
const RETRY_FIRST_MS = 1000;
/** … up to this. */
const RETRY_MAX_MS = 30_000;
/** A request is answered once it is on the server's disk; one that takes longer is sent again. */
const TIMEOUT_MS = 60_000;
/** With --follow it says so often how far it came. */
const NEWS_MS = 10_000;
const NEWLINE = 10;
const SPACE = 0x20;
const BRACE_OPEN = 0x7b;

export const sendCerbos: Command = {
  name: 'send cerbos',
  summary: 'send a Cerbos audit log to a server, with --follow as it grows',
  help: `Usage: footprint send cerbos [options] <file>

Sends the decisions of an audit log that Cerbos writes (audit.backend: file) to
the server at --url, else to the one that the settings name. How far it came is
kept beside the file, so that the next run goes on from there. Decisions that
are there already are not stored again. A line that is no entry, or is longer
than 16 MiB, is named and passed over; a last line that is not whole yet waits.

Options:
  --follow               wait for more lines, through rotation by a new file or
                         by a copy (copytruncate), until stopped; a server
                         that is away is asked again
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
  const say = createNews(io, tally);
  const pass = (line: number, why: string): void => {
    tally.rejected += 1;
    io.err(`not kept: ${path}, line ${line}: ${why}\n`);
  };
  let waited = RETRY_FIRST_MS;
  let away: number | null = null;
  try {
    while (!stopping.signal.aborted) {
      const lines = await follower.next(follow).catch((error: unknown) => {
        const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
        if (missing && follow) return null;
        const what = error instanceof Error ? error.message : String(error);
        throw new AppError('bad_request', `${path} cannot be read: ${what}`);
      });
      if (lines?.too_long === true) {
        pass(lines.first_line, 'it is longer than 16 MiB, which is no entry');
        await lines.taken();
        continue;
      }
      if (lines === null || lines.bytes.length === 0) {
        if (!follow) {
          if (lines?.unfinished === true)
            io.err(`line ${lines.first_line} is not whole yet and is left for the next time\n`);
          break;
        }
        say.now_and_then();
        await pause(LOOK_MS);
        continue;
      }
      const { body, faults } = entriesOf(lines);
      const told = body.length === 0 ? NOTHING : await post(url, body, stopping.signal);
      if (typeof told === 'string') {
        if (stopping.signal.aborted) break;
        if (!follow) throw new AppError('store_unavailable', told);
        away ??= io.now();
        io.err(`${told}; trying again in ${waited / 1000} s\n`);
        await pause(waited);
        waited = Math.min(waited * 2, RETRY_MAX_MS);
        continue;
      }
      waited = RETRY_FIRST_MS;
      await lines.taken();
      if (away !== null) {
        io.err(`${url} takes them again, after ${Math.round((io.now() - away) / 1000)} s\n`);
        away = null;
      }
      tally.decisions += told.decisions;
      tally.rejected += told.rejected;
      for (const line of faults) pass(line, 'it is no JSON object');
      const from = `${path}, entries from line ${lines.first_line}`;
      for (const fault of told.faults) io.err(`not kept: ${from}: ${fault}\n`);
      say.now_and_then();
    }
  } finally {
    await follower.close();
  }
  io.out(`sent ${tally.decisions} decision(s) of ${path} to ${url}\n`);
  if (tally.rejected > 0) io.err(`${tally.rejected} entry(ies) were not kept\n`);
  return tally.rejected > 0 ? EXIT.failed : EXIT.done;
};

/** How far it came, said where it came further and not too often. */
const createNews = (io: Io, tally: { decisions: number }) => {
  let said_at = io.now();
  let said = 0;
  return {
    now_and_then: (): void => {
      if (tally.decisions === said || io.now() - said_at < NEWS_MS) return;
      io.err(`sent ${tally.decisions} decision(s) so far\n`);
      said_at = io.now();
      said = tally.decisions;
    },
  };
};

/** The lines that may be entries, and the numbers of those that are none: one of them spoils a whole body. */
const entriesOf = ({ bytes, first_line }: Lines): { body: Buffer; faults: number[] } => {
  const kept: Buffer[] = [];
  const faults: number[] = [];
  let line = first_line;
  for (let start = 0; start < bytes.length; line += 1) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found === -1 ? bytes.length : found + 1;
    const entry = bytes.subarray(start, end);
    const first = entry.find((byte) => byte > SPACE);
    if (first === BRACE_OPEN) kept.push(entry);
    else if (first !== undefined) faults.push(line);
    start = end;
  }
  return { body: Buffer.concat(kept), faults };
};

interface Told {
  decisions: number;
  rejected: number;
  faults: string[];
}

const NOTHING: Told = { decisions: 0, rejected: 0, faults: [] };

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
