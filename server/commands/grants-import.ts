// footprint grants import: what agents hold, from the files in which it is written.
import { basename, resolve } from 'node:path';
import { KINDS, readGrantsFile, type Kind } from '../grants/read.ts';
import { EXIT, readArgs, usageError, type Command, type Io } from './command.ts';
import { readEntries, type Entry } from './grants-json.ts';
import { GRANTS_HELP } from './grants-help.ts';
import { putAll } from './put.ts';
import { readSettings, SETTING_OPTIONS } from './settings.ts';

/** All that one command tells of one agent from one source. */
interface Import extends Entry {
  agent: string;
  environment: string;
  source: string;
}

export const grantsImport: Command = {
  name: 'grants import',
  summary: 'tell what agents hold, from JSON, AWS IAM, MCP settings or OAuth scopes',
  help: GRANTS_HELP,
  async run(argv, io) {
    const { values, positionals } = readArgs(argv, {
      ...SETTING_OPTIONS,
      agent: { type: 'string' },
      environment: { type: 'string' },
      source: { type: 'string' },
      role: { type: 'string', multiple: true },
      user: { type: 'string', multiple: true },
      expand: { type: 'boolean' },
      partial: { type: 'boolean' },
      'dry-run': { type: 'boolean' },
      url: { type: 'string' },
    });
    const [kind = '', ...files] = positionals;
    if (kind !== 'json' && !isKind(kind)) {
      const asked = kind === '' ? '' : `, not "${kind}"`;
      throw usageError(`grants import takes json, ${KINDS.join(', ')}${asked}`);
    }
    if (files.length === 0) throw usageError(`grants import ${kind} takes a file`);
    const ofAws = [values.role, values.user, values.expand].some((one) => one !== undefined);
    if (kind !== 'aws-iam' && ofAws)
      throw usageError('--role, --user and --expand are for aws-iam');
    const told =
      kind === 'json'
        ? await fromJson(files, values, io)
        : await fromFiles(kind, files, values, io);
    const imports = gathered(told.entries, values);
    if (told.problems > 0 && values.partial !== true) {
      io.err(
        `${told.problems} part(s) could not be read, so nothing was sent: what is missing would look withdrawn; --partial sends the rest\n`,
      );
      return EXIT.failed;
    }
    if (values['dry-run'] === true) {
      io.out(`${JSON.stringify(imports, null, 2)}\n`);
      return told.problems > 0 ? EXIT.failed : EXIT.done;
    }
    const { config } = readSettings(values, io);
    await putAll(
      { url: values.url, config, io },
      imports.map(({ agent, ...body }) => ({
        path: `/api/v1/agents/${encodeURIComponent(agent)}/grants`,
        body,
        about: agent,
        done: `${agent}: ${countOf(body.permissions)} permission(s)\n`,
      })),
    );
    return told.problems > 0 ? EXIT.failed : EXIT.done;
  },
};

interface Told {
  entries: Entry[];
  problems: number;
}

const isKind = (text: string): text is Kind => KINDS.some((kind) => kind === text);

const fromJson = async (
  files: readonly string[],
  { source }: { source?: string | undefined },
  io: Io,
): Promise<Told> => {
  const entries: Entry[] = [];
  for (const file of files)
    for (const one of await readEntries(resolve(io.cwd, file), file))
      entries.push({ source: source ?? basename(file), ...one });
  return { entries, problems: 0 };
};

const fromFiles = async (
  kind: Kind,
  files: readonly string[],
  {
    role,
    user,
    expand,
    source,
  }: {
    role?: string[] | undefined;
    user?: string[] | undefined;
    expand?: boolean | undefined;
    source?: string | undefined;
  },
  io: Io,
): Promise<Told> => {
  const roles = holdersOf('role', role ?? []);
  const users = holdersOf('user', user ?? []);
  const entries: Entry[] = [];
  let problems = 0;
  for (const [i, file] of files.entries()) {
    if (files.length > 1) io.err(`reading ${i + 1} of ${files.length}: ${file}\n`);
    const options = { cwd: io.cwd, roles, users, written_out: expand === true };
    const { place, readings } = await readGrantsFile(kind, file, options);
    for (const { agent, granted, notes, problems: unread } of readings) {
      for (const note of notes) io.err(`note: ${oneLine(note)}\n`);
      for (const problem of unread) io.err(`unread: ${oneLine(problem)}\n`);
      problems += unread.length;
      if (
        granted.length > 0 ||
        (unread.length === 0 && readings.length === 1) ||
        agent !== undefined
      )
        entries.push({
          source: source ?? place,
          permissions: granted,
          ...(agent !== undefined && { agent }),
        });
    }
  }
  return { entries, problems };
};

/** Text of a file, as a terminal may show it. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '�');

const holdersOf = (word: 'role' | 'user', told: readonly string[]): Map<string, string> =>
  new Map(
    told.map((one) => {
      const [name = '', ...agent] = one.split('=');
      if (name === '' || agent.join('=') === '')
        throw usageError(`--${word} must be <${word}>=<agent>, got "${one}"`);
      return [name, agent.join('=')];
    }),
  );

/** Files of one source to one agent are one import, since a second would replace the first. */
const gathered = (
  entries: readonly Entry[],
  given: { agent?: string | undefined; environment?: string | undefined },
): Import[] => {
  const imports = new Map<string, Import>();
  for (const { source = '', source_ref = '', permissions: told, ...one } of entries) {
    const agent = one.agent ?? given.agent;
    if (agent === undefined) throw usageError('the file names no agent; give one with --agent');
    const environment = one.environment ?? given.environment ?? 'default';
    const key = [agent, environment, source].join('\n');
    const known = imports.get(key) ?? { agent, environment, source, permissions: [] };
    const permissions = told.map((each) => (source_ref === '' ? each : { source_ref, ...each }));
    imports.set(key, { ...known, permissions: [...known.permissions, ...permissions] });
  }
  return [...imports.values()];
};

const countOf = (permissions: Entry['permissions']): number =>
  new Set(
    permissions.map(
      ({ permission, resource_pattern = '*' }) => `${permission}\n${resource_pattern}`,
    ),
  ).size;
