// The settings of the server: flags of `footprint serve` and FOOTPRINT_* of the environment, read once and checked whole.
import { resolve } from 'node:path';
import { AppError } from './errors.ts';
import { LOG_LEVELS, type LogLevel } from './log.ts';

/** What the server runs with. */
export interface Config {
  /** Absolute path of the data folder. */
  data: string;
  host: string;
  /** 0 lets the system choose a free port. */
  port: number;
  log_level: LogLevel;
}

/** Where a setting's value came from. */
export type Source = 'flag' | 'environment' | 'default';

export interface ReadConfig {
  config: Config;
  sources: Record<keyof Config, Source>;
}

interface Setting<Value> {
  env: string;
  fallback: string;
  /** For --help. */
  text: string;
  /** The value, or a sentence that says what it must be. */
  read: (text: string, cwd: string) => { value: Value } | { fault: string };
}

const PREFIX = 'FOOTPRINT_';

/** Only these until keys and people exist: on any other address everybody could read everything. */
const LOOPBACK_HOSTS = new Set(['127.0.0.1', '::1', 'localhost']);

/** Every setting once: its flag is `--` and its name with dashes. */
export const SETTINGS: { [Name in keyof Config]: Setting<Config[Name]> } = {
  data: {
    env: 'FOOTPRINT_DATA',
    fallback: './data',
    text: 'data folder',
    read: (text, cwd) =>
      text === '' || text.includes('\0')
        ? { fault: 'must be a path' }
        : { value: resolve(cwd, text) },
  },
  host: {
    env: 'FOOTPRINT_HOST',
    fallback: '127.0.0.1',
    text: 'address to listen on; loopback only (127.0.0.1, ::1 or localhost)',
    read: (text) =>
      LOOPBACK_HOSTS.has(text)
        ? { value: text }
        : { fault: 'must be a loopback address (127.0.0.1, ::1 or localhost)' },
  },
  port: {
    env: 'FOOTPRINT_PORT',
    fallback: '4318',
    text: 'port to listen on; 0 for any free one',
    read: (text) =>
      /^\d{1,5}$/.test(text) && Number(text) <= 65_535
        ? { value: Number(text) }
        : { fault: 'must be a port between 0 and 65535' },
  },
  log_level: {
    env: 'FOOTPRINT_LOG_LEVEL',
    fallback: 'info',
    text: `how much is logged: ${LOG_LEVELS.join(', ')}`,
    read: (text) => {
      const value = LOG_LEVELS.find((level) => level === text);
      return value === undefined ? { fault: `must be one of ${LOG_LEVELS.join(', ')}` } : { value };
    },
  },
};

export const flagOf = (name: string): string => name.replaceAll('_', '-');

/**
 * The settings in force: a flag wins over the environment, the environment over the default.
 * Throws AppError `config_invalid` that lists every fault at once in `data.faults`.
 */
export const readConfig = ({
  flags = {},
  env = process.env,
  cwd = process.cwd(),
}: {
  /** Values of flags by setting name, as written on the command line. */
  flags?: Readonly<Record<string, string | undefined>>;
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
} = {}): ReadConfig => {
  const faults = unknownSettings(env);
  const sources: ReadConfig['sources'] = {
    data: 'default',
    host: 'default',
    port: 'default',
    log_level: 'default',
  };
  const take = <Name extends keyof Config>(name: Name): Config[Name] | undefined => {
    const setting = SETTINGS[name];
    const flag = flags[name];
    const told = flag ?? env[setting.env];
    sources[name] = flag !== undefined ? 'flag' : told !== undefined ? 'environment' : 'default';
    const text = told ?? setting.fallback;
    const answer = setting.read(text, cwd);
    if ('value' in answer) return answer.value;
    const spelled = flag !== undefined ? `--${flagOf(name)}` : setting.env;
    faults.push(`${spelled} ${answer.fault}, got ${JSON.stringify(text)}`);
    return undefined;
  };
  const data = take('data');
  const host = take('host');
  const port = take('port');
  const log_level = take('log_level');
  if (
    faults.length > 0 ||
    data === undefined ||
    host === undefined ||
    port === undefined ||
    log_level === undefined
  ) {
    throw new AppError('config_invalid', `settings refused:\n  ${faults.join('\n  ')}`, { faults });
  }
  return { config: { data, host, port, log_level }, sources };
};

/** Settings of the collector: an agent and the server may be started from one environment. */
const COLLECTORS = new Set(['FOOTPRINT_FINGERPRINT_KEY', 'FOOTPRINT_URL']);

/** A misspelt setting would silently not hold, so an unknown one is a fault like any other. */
const unknownSettings = (env: Readonly<Record<string, string | undefined>>): string[] => {
  const known = new Set(Object.values(SETTINGS).map((setting) => setting.env));
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name) && !COLLECTORS.has(name))
    .sort()
    .map((name) => `${name} is no setting; there are ${[...known].join(', ')}`);
};

/** The base URL of a server that listens there. */
export const urlOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`;

/** Three questions, the loader, the journal's writes and the file system: one thread of Node's own each, and two more. */
const THREADS = '8';

/** To be called before anything waits for a file: Node's pool of threads has four where nobody says otherwise. */
export const sizeThreadPool = (env = process.env): void => {
  env['UV_THREADPOOL_SIZE'] ??= THREADS;
};
