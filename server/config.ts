// The settings of the server: flags of `footprint serve` and FOOTPRINT_* of the environment, read once and checked whole.
import { resolve } from 'node:path';
import { AppError } from './errors.ts';
import { LOG_LEVELS, type LogLevel } from './log.ts';
import type { YoungDays } from './model/rulings.ts';
import { RISKS } from './model/words.ts';

/** What the server runs with. */
export interface Config {
  /** Absolute path of the data folder. */
  data: string;
  host: string;
  /** 0 lets the system choose a free port. */
  port: number;
  /** Of OTLP/gRPC. */
  grpc_port: number | 'off';
  log_level: LogLevel;
  /** Absolute path of the folder of the user's own reports; null for none. */
  reports: string | null;
  /** Absolute path of the folder below which reports are delivered to folders. */
  report_output: string;
  /** Hosts that webhooks may reach besides public https ones, as `host` or `host:port`. */
  webhook_hosts: readonly string[];
  /** smtp:// or smtps:// with the user and password in it; null for no e-mail. */
  smtp_url: string | null;
  smtp_from: string;
  /** Classes of risk whose grants are judged at another age than the rules say. */
  too_young: readonly YoungDays[];
}

/** Where a setting's value came from. */
export type Source = 'flag' | 'environment' | 'default';

export type Sources = Partial<Record<keyof Config, Source>>;

export interface ReadConfig {
  config: Config;
  sources: Record<keyof Config, Source>;
}

/** A setting in force as people may see it. */
export interface ShownSetting {
  name: string;
  /** null for none; `set` for what is secret. */
  value: string | null;
  source: Source;
  /** Of the environment. */
  variable: string;
  text: string;
}

interface Setting<Value> {
  env: string;
  fallback: string;
  /** For --help. */
  text: string;
  /** Never shown: neither by doctor nor in a fault. */
  secret?: boolean;
  /** The value, or a sentence that says what it must be. */
  read: (text: string, cwd: string) => { value: Value } | { fault: string };
}

const PREFIX = 'FOOTPRINT_';

/** Only these until keys and people exist: on any other address everybody could read everything. */
const LOOPBACK_HOSTS = new Set(['127.0.0.1', '::1', 'localhost']);

const portOf = (text: string): number | null =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : null;

/** Evidence is kept for 400 days: what has to be older is never judged. */
const YOUNG_DAYS_MAX = 365;

const youngDays = (text: string): YoungDays[] | null => {
  const entries = text.split(',').filter((entry) => entry.trim() !== '');
  const told = entries.flatMap((entry) => {
    const [, name = '', days = ''] = /^\s*([a-z]+)=(\d{1,3})\s*$/.exec(entry) ?? [];
    const risk = RISKS.find((one) => one === name);
    const known = risk !== undefined && Number(days) >= 1 && Number(days) <= YOUNG_DAYS_MAX;
    return known ? [{ risk, days: Number(days) }] : [];
  });
  const once = new Set(told.map(({ risk }) => risk)).size === told.length;
  return told.length === entries.length && once ? told : null;
};

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
    read: (text) => {
      const value = portOf(text);
      return value === null ? { fault: 'must be a port between 0 and 65535' } : { value };
    },
  },
  grpc_port: {
    env: 'FOOTPRINT_GRPC_PORT',
    fallback: '4317',
    text: 'port of OTLP/gRPC; 0 for any free one, off for none',
    read: (text) => {
      if (text === 'off') return { value: text };
      const value = portOf(text);
      return value === null ? { fault: 'must be a port between 0 and 65535, or off' } : { value };
    },
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
  reports: {
    env: 'FOOTPRINT_REPORTS',
    fallback: '',
    text: "folder of your own reports, a SQL file each; '' for none",
    read: (text, cwd) =>
      text.includes('\0')
        ? { fault: 'must be a path' }
        : { value: text === '' ? null : resolve(cwd, text) },
  },
  report_output: {
    env: 'FOOTPRINT_REPORT_OUTPUT',
    fallback: './reports-out',
    text: 'folder below which reports are delivered to folders',
    read: (text, cwd) =>
      text === '' || text.includes('\0')
        ? { fault: 'must be a path' }
        : { value: resolve(cwd, text) },
  },
  webhook_hosts: {
    env: 'FOOTPRINT_WEBHOOK_HOSTS',
    fallback: '',
    text: 'hosts, as a,b:8080, that webhooks may reach though they are private or speak http',
    read: (text) => {
      const hosts = text
        .split(',')
        .map((host) => host.trim().toLowerCase())
        .filter((host) => host !== '');
      const bad = hosts.find((host) => !/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.test(host));
      return bad === undefined
        ? { value: hosts }
        : { fault: 'must be hosts with or without a port' };
    },
  },
  smtp_url: {
    env: 'FOOTPRINT_SMTP_URL',
    fallback: '',
    text: 'mail server for reports, smtp://user:password@host:587',
    secret: true,
    read: (text) =>
      text === '' || (URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol))
        ? { value: text === '' ? null : text }
        : { fault: 'must be an smtp:// or smtps:// URL' },
  },
  smtp_from: {
    env: 'FOOTPRINT_SMTP_FROM',
    fallback: 'footprint@localhost',
    text: 'address that reports are sent from',
    read: (text) =>
      /^[^\s@<>]+@[^\s@<>]+$/.test(text) ? { value: text } : { fault: 'must be an e-mail address' },
  },
  too_young: {
    env: 'FOOTPRINT_TOO_YOUNG',
    fallback: '',
    text: `days before a grant is judged, as read=14,write=30,execute=90; classes are ${RISKS.join(', ')}`,
    read: (text) => {
      const value = youngDays(text);
      return value === null
        ? { fault: `must be class=days once a class, 1 to ${YOUNG_DAYS_MAX} days` }
        : { value };
    },
  },
};

const shownAs = (value: Config[keyof Config]): string =>
  value !== null && typeof value === 'object'
    ? value.map((one) => (typeof one === 'string' ? one : `${one.risk}=${one.days}`)).join(',')
    : String(value);

/** The settings in force as people may see them: what is secret is only told to be set. */
export const shownSettings = ({
  config,
  sources,
}: {
  config: Config;
  sources: Sources;
}): ShownSetting[] =>
  Object.entries(SETTINGS).map(([key, { env, secret, text }]) => {
    const name = key as keyof Config;
    const value = config[name];
    const none = value === null || (Array.isArray(value) && value.length === 0);
    const shown = secret === true ? 'set' : shownAs(value);
    return {
      name,
      value: none ? null : shown,
      source: sources[name] ?? 'default',
      variable: env,
      text,
    };
  });

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
  const names = Object.keys(SETTINGS) as (keyof Config)[];
  const read = names.map((name) => {
    const setting: Setting<Config[keyof Config]> = SETTINGS[name];
    const flag = flags[name];
    const told = flag ?? env[setting.env];
    const source: Source =
      flag !== undefined ? 'flag' : told !== undefined ? 'environment' : 'default';
    const text = told ?? setting.fallback;
    const answer = setting.read(text, cwd);
    if ('value' in answer) return { name, source, value: answer.value };
    const spelled = flag !== undefined ? `--${flagOf(name)}` : setting.env;
    const got = setting.secret === true ? '' : `, got ${JSON.stringify(text)}`;
    faults.push(`${spelled} ${answer.fault}${got}`);
    return { name, source, value: null };
  });
  const config = Object.fromEntries(
    read.map(({ name, value }) => [name, value]),
  ) as unknown as Config;
  if (config.port !== 0 && config.port !== null && config.port === config.grpc_port) {
    faults.push(
      `HTTP and gRPC cannot share port ${String(config.port)}; --grpc-port takes another one, or off`,
    );
  }
  if (faults.length > 0) {
    throw new AppError('config_invalid', `settings refused:\n  ${faults.join('\n  ')}`, { faults });
  }
  return {
    config,
    sources: Object.fromEntries(
      read.map(({ name, source }) => [name, source]),
    ) as ReadConfig['sources'],
  };
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
