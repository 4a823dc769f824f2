// A rule of alerts as its SQL file declares it: a report whose rows are wrong, each under a key, judged again and again.
import { AppError } from '../errors.ts';
import { openFiles, type Check, type FileCatalogue } from '../reports/catalogue.ts';
import { hasColumn, headerOf, readDefinition, type Definition } from '../reports/definition.ts';
import { SQL_FOLDER } from '../store/query.ts';

export interface Rule extends Definition {
  /** How often it is evaluated. */
  every_ms: number;
  /** How long a key must be found before it fires. */
  for_ms: number;
  /** How long after it was told what still fires is told again. */
  repeat_ms: number;
  /** True where its rows change though nothing came. */
  timed: boolean;
  /** False where it is no news that a key is over, as of what happens once. */
  tells_recovery: boolean;
}

const MINUTE_MS = 60_000;
const UNITS: Readonly<Record<string, number>> = {
  minute: MINUTE_MS,
  hour: 60 * MINUTE_MS,
  day: 1440 * MINUTE_MS,
};
const DURATION_MAX_MS = 30 * 1440 * MINUTE_MS;
const EVERY_DEFAULT = '1 minute';
const REPEAT_DEFAULT = '1 day';
const COLUMNS = ['key', 'severity', 'message'];

/** Throws AppError `config_invalid` that says what is wrong with the header. */
export const readRule = (name: string, text: string): Rule => {
  const definition = readDefinition(name, text, 'alert');
  const bad = (what: string) => new AppError('config_invalid', `alert ${name}: ${what}`, { what });
  for (const column of COLUMNS) {
    if (!hasColumn(definition.query, column))
      throw bad(`its header declares no "column: ${column}"`);
  }
  const duration = (key: string, otherwise: string): number => {
    const ms = durationOf(headerOf(text, key) ?? otherwise);
    if (ms === null) throw bad(`"${key}:" must be a time as "10 minutes", 30 days at most`);
    return ms;
  };
  const every_ms = duration('every', EVERY_DEFAULT);
  if (every_ms < MINUTE_MS) throw bad('"every:" must be a minute at least');
  const recovery = headerOf(text, 'recovery');
  if (recovery !== null && recovery !== 'silent') throw bad('"recovery:" can only be "silent"');
  const clock = headerOf(text, 'clock');
  if (clock !== null && clock !== 'yes') throw bad('"clock:" can only be "yes"');
  return {
    ...definition,
    every_ms,
    for_ms: duration('for', '0 minutes'),
    repeat_ms: Math.max(duration('repeat', REPEAT_DEFAULT), MINUTE_MS),
    timed: clock === 'yes',
    tells_recovery: recovery === null,
  };
};

const durationOf = (told: string): number | null => {
  const [, n = '', unit = ''] = /^(\d{1,5}) (minute|hour|day)s?$/.exec(told) ?? [];
  const ms = Number(n) * (UNITS[unit] ?? NaN);
  return n !== '' && ms <= DURATION_MAX_MS ? ms : null;
};

/** The built-in rules and those of a folder. */
export const openRules = (options: {
  folder: string | null;
  check: Check;
}): Promise<FileCatalogue<Rule>> =>
  openFiles({
    ...options,
    files: { noun: 'alert rule', built_in: `${SQL_FOLDER}alerts/`, read: readRule },
  });
