// Commands that tell what an agent was granted, ready to paste: names are quoted so that a shell runs none of them.
import { plain } from './marks.ts';

/** `text` as one word of a POSIX shell. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** The request that replaces all that one source says. */
export const putCommand = (origin: string, agent: string, environment: string): string => {
  const body = [
    `{ "environment": ${JSON.stringify(environment)},`,
    '  "source": "role buyer",',
    '  "permissions": [{ "permission": "tool:write_file" }] }',
  ].join('\n');
  const address = `${origin}/api/v1/agents/${encodeURIComponent(agent.toWellFormed())}/grants`;
  return [
    `curl -X PUT ${shellWord(address)} \\`,
    "  -H 'content-type: application/json' \\",
    `  -d ${shellWord(body)}`,
  ].join('\n');
};

/** The same from a file. */
export const importCommand = (agent: string, environment: string): string =>
  [
    'footprint grants import json',
    `--agent ${shellWord(plain(agent))}`,
    `--environment ${shellWord(plain(environment))}`,
    'grants.json',
  ].join(' ');
