// The file of `footprint grants import json`: a list of permissions, an entry with its agent, or a list of those.
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { usageError } from './command.ts';

interface Permission {
  permission: string;
  resource_pattern?: string | undefined;
  source_ref?: string | undefined;
}

const permission = v.union([
  v.pipe(
    v.string(),
    v.transform((name): Permission => ({ permission: name })),
  ),
  v.strictObject({
    permission: v.string(),
    resource_pattern: v.optional(v.string()),
    source_ref: v.optional(v.string()),
  }),
]);
const entry = v.strictObject({
  agent: v.optional(v.string()),
  environment: v.optional(v.string()),
  source: v.optional(v.string()),
  source_ref: v.optional(v.string()),
  permissions: v.array(permission),
});
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
export type Entry = v.InferOutput<typeof entry>;

export const readEntries = async (path: string, file: string): Promise<Entry[]> => {
  const text = await readFile(path, 'utf8').catch(() => {
    throw usageError(`there is no file ${file}`);
  });
  let told: unknown;
  try {
    told = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    throw new AppError('bad_request', `${file} is not JSON`);
  }
  const answer = v.safeParse(grantsFile, told);
  if (!answer.success) {
    throw new AppError('bad_request', `${file} is no list of grants; see --help for its form`);
  }
  return answer.output;
};
