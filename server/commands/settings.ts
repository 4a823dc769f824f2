// Flags that set the server's settings, shared by the commands that need the data folder or the server.
import type { ParseArgsOptionsConfig } from 'node:util';
import { flagOf, readConfig, SETTINGS, type ReadConfig } from '../config.ts';
import type { Io } from './command.ts';

const NAMES = Object.keys(SETTINGS);

export const SETTING_OPTIONS: ParseArgsOptionsConfig = Object.fromEntries(
  NAMES.map((name) => [flagOf(name), { type: 'string' as const }]),
);

/** Lines of --help, one a setting, with its variable and default. */
export const SETTING_HELP = Object.entries(SETTINGS)
  .map(([name, { env, fallback, text }]) => {
    const flag = `--${flagOf(name)} <value>`.padEnd(22);
    return `  ${flag} ${text}\n${' '.repeat(25)}(${env}, default ${fallback})`;
  })
  .join('\n');

/** The settings in force for a command's parsed flags. */
export const readSettings = (values: Readonly<Record<string, unknown>>, io: Io): ReadConfig => {
  const flags: Record<string, string> = {};
  for (const name of NAMES) {
    const value = values[flagOf(name)];
    if (typeof value === 'string') flags[name] = value;
  }
  return readConfig({ flags, cwd: io.cwd, ...(io.env === undefined ? {} : { env: io.env }) });
};
