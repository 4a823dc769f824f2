// footprint owners import: who answers for which agent, from a CSV or JSON file.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { readCsv } from '../model/csv.ts';
import { EXIT, readArgs, usageError, type Command } from './command.ts';
import { putAll } from './put.ts';
import { readSettings, SETTING_HELP, SETTING_OPTIONS } from './settings.ts';

const entry = v.strictObject({
  agent: v.pipe(v.string(), v.nonEmpty()),
  environment: v.optional(v.string()),
  owner: v.pipe(v.string(), v.nonEmpty()),
});
type Entry = v.InferOutput<typeof entry>;

export const ownersImport: Command = {
  name: 'owners import',
  summary: 'tell who answers for which agent, from CSV or JSON',
  help: `Usage: footprint owners import [options] <file>

The file holds agents with their owners: CSV with a first line that names the
columns agent, owner and, where it is wanted, environment; or a JSON list of
{"agent", "environment", "owner"}. What is set so stands before what telemetry
tells, until it is set anew; each is in the audit log.

Options:
  --environment <name>   the environment, where the file names none (default "default")
  --dry-run              print what would be sent, and send nothing
  --url <url>            a running server
${SETTING_HELP}
`,
  async run(argv, io) {
    const { values, positionals } = readArgs(argv, {
      ...SETTING_OPTIONS,
      environment: { type: 'string' },
      'dry-run': { type: 'boolean' },
      url: { type: 'string' },
    });
    const [file, more] = positionals;
    if (file === undefined || more !== undefined) throw usageError('owners import takes one file');
    const text = await readFile(resolve(io.cwd, file), 'utf8').catch(() => {
      throw usageError(`there is no file ${file}`);
    });
    const entries = entriesIn(text, file).map((one) => {
      const environment = one.environment ?? values.environment ?? 'default';
      return { agent: one.agent, environment, owner: one.owner };
    });
    checkTold(entries, file);
    if (values['dry-run'] === true) {
      io.out(`${JSON.stringify(entries, null, 2)}\n`);
      return EXIT.done;
    }
    const { config } = readSettings(values, io);
    await putAll(
      { url: values.url, config, io },
      entries.map(({ agent, ...body }) => ({
        path: `/api/v1/agents/${encodeURIComponent(agent)}/owner`,
        body,
        about: agent,
        done: `${agent} (${body.environment}): ${body.owner}\n`,
      })),
    );
    return EXIT.done;
  },
};

const entriesIn = (text: string, file: string): Entry[] => {
  const clean = text.replace(/^\ufeff/, '');
  const told = /^\s*[[{]/.test(clean) ? fromJson(clean, file) : fromCsv(clean, file);
  return told.map((one, i) => {
    const answer = v.safeParse(entry, one);
    if (answer.success) return answer.output;
    const place = v.getDotPath(answer.issues[0]) ?? 'its form';
    throw new AppError('bad_request', `${file}: entry ${i + 1} is no owner of an agent: ${place}`);
  });
};

const fromJson = (text: string, file: string): unknown[] => {
  try {
    const told = JSON.parse(text) as unknown;
    return Array.isArray(told) ? (told as unknown[]) : [told];
  } catch {
    throw new AppError('bad_request', `${file} is not JSON`);
  }
};

/** Empty cells are left out, so that an environment may be. */
const fromCsv = (text: string, file: string): unknown[] => {
  const lines = readCsv(text);
  if (lines === null) throw new AppError('bad_request', `${file} is not CSV: quotes do not close`);
  const [columns = [], ...rows] = lines;
  const names = columns.map((name) => name.trim().toLowerCase());
  if (!names.includes('agent') || !names.includes('owner'))
    throw new AppError('bad_request', `${file}: the first line must name the columns agent, owner`);
  return rows.map((cells, i) => {
    if (cells.length !== names.length)
      throw new AppError(
        'bad_request',
        `${file}: entry ${i + 1} has ${cells.length} cells, not ${names.length}`,
      );
    return Object.fromEntries(
      names.map((name, at) => [name, (cells[at] ?? '').trim()]).filter(([, cell]) => cell !== ''),
    ) as unknown;
  });
};

/** One agent with two owners would end with the one told last. */
const checkTold = (entries: readonly (Entry & { environment: string })[], file: string): void => {
  const owners = new Map<string, string>();
  for (const { agent, environment, owner } of entries) {
    const key = `${agent} (${environment})`;
    const known = owners.get(key);
    if (known !== undefined && known !== owner)
      throw new AppError('bad_request', `${file}: ${key} has two owners, ${known} and ${owner}`);
    owners.set(key, owner);
  }
};
