// One file of grants of any kind, read.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readJsonFile, reasonOf } from '../scan/json-file.ts';
import { readAws } from './aws_file.ts';
import { readMcp } from './mcp.ts';
import { readScopeJson, readScopeText } from './oauth.ts';
import { placeOf } from './place.ts';
import type { AgentReading } from './types.ts';

export const KINDS = ['aws-iam', 'mcp', 'oauth'] as const;
export type Kind = (typeof KINDS)[number];

/** A file of scopes, policies or settings that a person or a tool wrote; an account of AWS fits in it. */
const TEXT_BYTES_MAX = 64 * 1024 * 1024;

export interface ReadFile {
  /** As `source_ref` names it. */
  place: string;
  readings: AgentReading[];
}

/** What the file grants. One that cannot be read is a problem of the reading, not an error. */
export const readGrantsFile = async (
  kind: Kind,
  file: string,
  options: {
    cwd: string;
    roles: ReadonlyMap<string, string>;
    users: ReadonlyMap<string, string>;
    written_out: boolean;
  },
): Promise<ReadFile> => {
  const place = await placeOf(file, options.cwd);
  const path = resolve(options.cwd, file);
  const failed = (problem: string): ReadFile => ({
    place,
    readings: [{ granted: [], notes: [], problems: [`${place} ${problem}`] }],
  });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return failed(reasonOf(error));
  }
  if (text.length > TEXT_BYTES_MAX) return failed(`has over ${TEXT_BYTES_MAX} characters`);
  if (kind === 'oauth' && !/^\s*[{[]/.test(text))
    return { place, readings: [readScopeText(text, place)] };
  const told = await readJsonFile(path);
  if (told === null) return failed('does not exist');
  if ('problem' in told) return failed(told.problem);
  if (kind === 'mcp') return { place, readings: [readMcp(told.value, text, place)] };
  if (kind === 'oauth') return { place, readings: [readScopeJson(told.value, text, place)] };
  return { place, readings: await readAws(told.value, text, { place, ...options }) };
};
