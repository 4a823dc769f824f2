// footprint grants import json: what agents hold, from a file that some other system wrote.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { EXIT, readArgs, usageError, type Command } from './command.ts';
import { readSettings, SETTING_HELP, SETTING_OPTIONS } from './settings.ts';
import { openTarget } from './target.ts';

const permission = v.union([
  v.pipe(
    v.string(),
    v.transform((name) => ({ permission: name })),
  ),
  v.strictObject({ permission: v.string(), resource_pattern: v.optional(v.string()) }),
]);
const entry = v.strictObject({
  agent: v.optional(v.string()),
  environment: v.optional(v.string()),
  source: v.optional(v.string()),
  source_ref: v.optional(v.string()),
  permissions: v.array(permission),
});
/** A list of permissions, one entry, or a list of entries. */
const grantsFile = v.union([
  v.array(entry),
  v.pipe(
    entry,
    v.transform((one) => [one]),
  ),
  v.pipe(
    v.array(permission),
    v.transform((permissions) => [{ permissions }]),
  ),
]);
type Entry = v.InferOutput<typeof entry>;

export const grantsImport: Command = {
  name: 'grants import json',
  summary: 'tell what agents hold, from a JSON file',
  help: `Usage: footprint grants import json [options] <file>

The file holds a list of permissions (as "system:action" or as
{"permission", "resource_pattern"}), or {"agent", "environment", "source",
"source_ref", "permissions"}, or a list of those. Each time it replaces all that
the same source said of the same agent before.

Options:
  --agent <name>         the agent, where the file names none
  --environment <name>   its environment, where the file names none (default "default")
  --source <name>        where the grants come from (default: the file's name)
  --url <url>            a running server
${SETTING_HELP}
`,
  async run(argv, io) {
    const { values, positionals } = readArgs(argv, {
      ...SETTING_OPTIONS,
      agent: { type: 'string' },
      environment: { type: 'string' },
      source: { type: 'string' },
      url: { type: 'string' },
    });
    const [file, more] = positionals;
    if (file === undefined || more !== undefined) {
      throw usageError('grants import json takes one file');
    }
    const { config } = readSettings(values, io);
    const entries = readEntries(await readText(file), file);
    const target = await openTarget({ url: values.url, config, io });
    try {
      for (const one of entries) {
        const agent = one.agent ?? values.agent;
        if (agent === undefined) throw usageError('the file names no agent; give one with --agent');
        const response = await target.send(`/api/v1/agents/${encodeURIComponent(agent)}/grants`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            environment: one.environment ?? values.environment ?? 'default',
            source: one.source ?? values.source ?? basename(file),
            source_ref: one.source_ref ?? '',
            permissions: one.permissions,
          }),
        });
        if (!response.ok) {
          throw new AppError('bad_request', `${agent}: ${await refusalOf(response)}`);
        }
        io.out(`${agent}: ${one.permissions.length} permission(s)\n`);
      }
      return EXIT.done;
    } finally {
      await target.close();
    }
  },
};

const readText = async (file: string): Promise<string> =>
  readFile(file, 'utf8').catch(() => {
    throw usageError(`there is no file ${file}`);
  });

const readEntries = (text: string, file: string): Entry[] => {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    throw new AppError('bad_request', `${file} is not JSON`);
  }
  const answer = v.safeParse(grantsFile, told);
  if (!answer.success) {
    throw new AppError('bad_request', `${file} is no list of grants; see --help for its form`);
  }
  return answer.output;
};

const refusalOf = async (response: Response): Promise<string> => {
  const body: unknown = await response.json().catch(() => null);
  const message = v.safeParse(v.object({ error: v.object({ message: v.string() }) }), body);
  return message.success ? message.output.error.message : `the server answered ${response.status}`;
};
