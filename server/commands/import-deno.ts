// footprint import deno: the file that Deno's permission audit writes, into a running server or the data folder.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { EXIT, readArgs, usageError, type Command, type Io } from './command.ts';
import { readSettings, SETTING_HELP, SETTING_OPTIONS } from './settings.ts';
import { openTarget, refusalOf, type Target } from './target.ts';

/** Records of one request: some hundred bytes each, so that a request is far under what the server takes. */
const BATCH_RECORDS = 5000;
/** More are counted only: a file that is something else has as many as lines. */
const FAULTS_NAMED_MAX = 20;
const NANOSECONDS_PER_MS = 1_000_000n;

/** A line as Deno 2.9 writes it, with a whole second; `stack` and what else there is is not read. */
const LINE = v.object({
  datetime: v.pipe(v.string(), v.isoTimestamp()),
  permission: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  value: v.optional(v.nullable(v.string()), ''),
});

export const importDeno: Command = {
  name: 'import deno',
  summary: "read the file of Deno's permission audit",
  help: `Usage: footprint import deno --agent <name> [options] <file…>

Each file is what Deno wrote with DENO_AUDIT_PERMISSIONS=<file>: a line of JSON
for each access to a permission, granted or not, as uses of the agent. They go
to the server at --url, else to the server that the settings name if it runs,
else straight into the data folder. Lines that are there already are not stored
again, so a file that grew may be read again.

Options:
  --agent <name>         whose accesses they are; the file does not say it
  --url <url>            a running server
${SETTING_HELP}
`,
  async run(argv, io) {
    const { values, positionals } = readArgs(argv, {
      ...SETTING_OPTIONS,
      agent: { type: 'string' },
      url: { type: 'string' },
    });
    const agent = String(values.agent ?? '').trim();
    if (agent === '') throw usageError('import deno needs --agent <name>');
    if (positionals.length === 0) throw usageError('import deno needs at least one file');
    for (const file of positionals) {
      const found = await stat(file).catch(() => null);
      if (found?.isFile() !== true) throw usageError(`there is no file ${file}`);
    }
    const { config } = readSettings(values, io);
    const target = await openTarget({ url: values.url, config, io });
    try {
      return await importAll({ files: positionals, agent, target, io });
    } finally {
      await target.close();
    }
  },
};

interface Importing {
  files: readonly string[];
  agent: string;
  target: Target;
  io: Io;
}

const importAll = async ({ files, agent, target, io }: Importing): Promise<number> => {
  let accesses = 0;
  let faults = 0;
  for (const file of files) {
    let records: unknown[] = [];
    const send = async (): Promise<void> => {
      if (records.length > 0) await post(target, requestOf(agent, records), file);
      accesses += records.length;
      records = [];
    };
    for await (const record of readRecords(file)) {
      if (typeof record === 'string') {
        if (faults < FAULTS_NAMED_MAX) io.err(`${record}\n`);
        faults += 1;
      } else records.push(record);
      if (records.length >= BATCH_RECORDS) await send();
    }
    await send();
  }
  io.out(`imported ${accesses} access(es) of ${agent} from ${files.length} file(s)\n`);
  if (faults > 0) io.err(`${faults} line(s) were wrong and passed over; the others are kept\n`);
  return faults > 0 ? EXIT.failed : EXIT.done;
};

/** Log records as Deno sends them itself; what is wrong with a line as text. */
async function* readRecords(file: string): AsyncGenerator<object | string> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  let number = 0;
  let second = '';
  let within = 0n;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const told = read(line);
    if (told === null) {
      yield `${file}, line ${number}: it is no record of Deno's permission audit`;
      continue;
    }
    // A file tells whole seconds: each further line of one is a nanosecond later, and so an access of its own.
    within = told.datetime === second ? within + 1n : 0n;
    second = told.datetime;
    const at = BigInt(Date.parse(told.datetime)) * NANOSECONDS_PER_MS + within;
    yield {
      timeUnixNano: String(at),
      attributes: attributes({
        'deno.permission.type': told.permission,
        'deno.permission.value': told.value ?? '',
      }),
    };
  }
}

const read = (line: string): v.InferOutput<typeof LINE> | null => {
  try {
    const told = v.safeParse(LINE, JSON.parse(line));
    return told.success ? told.output : null;
  } catch {
    return null;
  }
};

const attributes = (of: Record<string, string>): object[] =>
  Object.entries(of).map(([key, value]) => ({ key, value: { stringValue: value } }));

const requestOf = (agent: string, logRecords: readonly unknown[]): object => ({
  resourceLogs: [
    {
      resource: { attributes: attributes({ 'service.name': agent }) },
      scopeLogs: [{ logRecords }],
    },
  ],
});

const post = async (target: Target, body: object, file: string): Promise<void> => {
  const response = await target.send('/v1/logs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new AppError('bad_request', `${file}: ${await refusalOf(response)}`);
};
