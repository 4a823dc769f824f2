// footprint doctor: what is in force and from where, and what would stop the server or hide telemetry.
import { access, constants, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SETTINGS, urlOf, type Config } from '../config.ts';
import { FREE_BYTES_MIN, FREE_SHARE_MIN } from '../load/disk.ts';
import { EXIT, readArgs, usageError, type Command, type Io } from './command.ts';
import { commandOf, portHolder } from './holder.ts';
import { findApiCopies } from './otel-api.ts';
import { readSettings, SETTING_HELP, SETTING_OPTIONS } from './settings.ts';
import { answers } from './target.ts';

interface Finding {
  mark: 'ok' | 'note' | 'bad';
  text: string;
}

const GIB = 1024 ** 3;
/** The first Node that runs TypeScript without a flag. */
const NODE_MIN = [22, 18] as const;

export const doctor: Command = {
  name: 'doctor',
  summary: 'say what is in force, and what is wrong',
  help: `Usage: footprint doctor [options]

Prints the settings in force and where each came from, the state of the data
folder and of the server, and the copies of @opentelemetry/api in the project
of the current folder. Exits with 1 where something is wrong.

Options:
${SETTING_HELP}
`,
  async run(argv, io) {
    const { values, positionals } = readArgs(argv, SETTING_OPTIONS);
    if (positionals.length > 0) throw usageError(`doctor takes no "${positionals[0] ?? ''}"`);
    const { config, sources } = readSettings(values, io);
    io.out('Settings\n');
    for (const [name, { env, secret }] of Object.entries(SETTINGS)) {
      const source = sources[name as keyof Config];
      const from = source === 'environment' ? env : source;
      const value = config[name as keyof Config];
      const none = value === null || (Array.isArray(value) && value.length === 0);
      const shown = none ? 'none' : secret === true ? 'set' : shownAs(value);
      io.out(`  ${name.padEnd(14)} ${shown}  (${from})\n`);
    }
    const sections: [string, Promise<Finding[]>][] = [
      ['Node', Promise.resolve([nodeVersion()])],
      ['Data folder', dataFolder(config)],
      ['Server', server(config)],
      ['Instrumentation of this project', instrumentation(io)],
    ];
    let wrong = 0;
    for (const [title, findings] of sections) {
      io.out(`${title}\n`);
      for (const { mark, text } of await findings) {
        io.out(`  ${mark.padEnd(4)} ${text}\n`);
        if (mark === 'bad') wrong += 1;
      }
    }
    io.out(wrong === 0 ? 'Nothing is wrong.\n' : `${wrong} thing(s) are wrong.\n`);
    return wrong === 0 ? EXIT.done : EXIT.failed;
  },
};

const shownAs = (value: Config[keyof Config]): string =>
  value !== null && typeof value === 'object'
    ? value.map((one) => (typeof one === 'string' ? one : `${one.risk}=${one.days}`)).join(',')
    : String(value);

const nodeVersion = (): Finding => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  return {
    mark: enough ? 'ok' : 'bad',
    text: `Node ${process.versions.node}${enough ? '' : `; ${NODE_MIN.join('.')} or newer is needed`}`,
  };
};

const dataFolder = async ({ data }: Config): Promise<Finding[]> => {
  const found = await stat(data).catch(() => null);
  if (found !== null && !found.isDirectory())
    return [{ mark: 'bad', text: `${data} is no folder` }];
  const place = found === null ? await existingParent(data) : data;
  const writable = await access(place, constants.W_OK).then(
    () => true,
    () => false,
  );
  const findings: Finding[] = [
    found === null
      ? { mark: 'note', text: `${data} is not there yet; the first start makes it` }
      : { mark: 'ok', text: `${data} is there` },
    { mark: writable ? 'ok' : 'bad', text: `${place} is ${writable ? '' : 'not '}writable` },
    await freeSpace(place),
  ];
  if (found === null) return findings;
  if ((found.mode & 0o077) !== 0) {
    findings.push({ mark: 'bad', text: `${data} can be read by others; chmod 700 it` });
  }
  return [...findings, await lockState(data), ...(await contents(data))];
};

const existingParent = async (path: string): Promise<string> => {
  const parent = dirname(path);
  const there = await stat(parent).catch(() => null);
  return there !== null || parent === path ? parent : existingParent(parent);
};

const freeSpace = async (place: string): Promise<Finding> => {
  const disk = await statfs(place).catch(() => null);
  if (disk === null) return { mark: 'note', text: 'free disk space is not known' };
  const free = disk.bavail * disk.bsize;
  const needed = Math.max(FREE_BYTES_MIN, disk.blocks * disk.bsize * FREE_SHARE_MIN);
  const text = `${(free / GIB).toFixed(1)} GiB free; ingest stops below ${(needed / GIB).toFixed(1)}`;
  return { mark: free >= needed ? 'ok' : 'bad', text };
};

const lockState = async (data: string): Promise<Finding> => {
  const text = await readFile(join(data, 'lock'), 'utf8').catch(() => null);
  const pid = Number(/"pid":(\d+)/.exec(text ?? '')?.[1] ?? Number.NaN);
  if (text === null || Number.isNaN(pid))
    return { mark: 'ok', text: 'no process holds the folder' };
  const command = await commandOf(pid);
  return command === ''
    ? {
        mark: 'note',
        text: `the lock is left from process ${pid}, which is gone; it is taken over`,
      }
    : { mark: 'ok', text: `held by process ${pid} (${command})` };
};

const contents = async (data: string): Promise<Finding[]> => {
  const names = await readdir(data, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    names
      .filter((entry) => entry.isFile())
      .map(async (entry) => ({
        journal: entry.parentPath.endsWith('journal'),
        bytes: (await stat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0,
      })),
  );
  const sum = (journal: boolean): string => {
    const bytes = sizes.filter((size) => size.journal === journal).reduce((n, s) => n + s.bytes, 0);
    return (bytes / 1024 ** 2).toFixed(1);
  };
  return [
    { mark: 'ok', text: `journal: ${sum(true)} MiB` },
    { mark: 'ok', text: `store: ${sum(false)} MiB` },
  ];
};

const server = async (config: Config): Promise<Finding[]> => {
  const { host, port, grpc_port } = config;
  const url = urlOf(host, port);
  const is_ours = port !== 0 && (await answers(url));
  const http: Finding[] = is_ours
    ? [{ mark: 'ok', text: `answers at ${url}` }, await readiness(url)]
    : [await portState(host, port, '--port')];
  if (grpc_port === 'off') return [...http, { mark: 'note', text: 'OTLP/gRPC is off' }];
  // A running server holds its own gRPC port.
  const grpc = await portState(host, grpc_port, '--grpc-port');
  return [...http, is_ours && grpc.mark === 'bad' ? await grpcState(config, grpc) : grpc];
};

const portState = async (host: string, port: number, flag: string): Promise<Finding> => {
  if (port === 0) return { mark: 'note', text: `any free port will be taken for ${flag}` };
  const holder = await portHolder(port);
  if (holder === null) return { mark: 'note', text: `nothing listens at ${urlOf(host, port)}` };
  return {
    mark: 'bad',
    text: `port ${port} is in use by process ${holder.pid} (${holder.command}); choose another with ${flag}`,
  };
};

const grpcState = async ({ host, port, grpc_port }: Config, taken: Finding): Promise<Finding> => {
  const [http, grpc] = await Promise.all([portHolder(port), portHolder(Number(grpc_port))]);
  return http?.pid === grpc?.pid
    ? { mark: 'ok', text: `takes OTLP/gRPC at ${urlOf(host, Number(grpc_port))}` }
    : taken;
};

const readiness = async (url: string): Promise<Finding> => {
  const response = await fetch(new URL('/readyz', url)).catch(() => null);
  const body: unknown = await response?.json().catch(() => null);
  if (response?.ok === true) return { mark: 'ok', text: 'takes telemetry and answers questions' };
  const has = typeof body === 'object' && body !== null && 'reason' in body;
  return { mark: 'bad', text: `not ready: ${has ? String(body.reason) : 'no reason given'}` };
};

const instrumentation = async (io: Io): Promise<Finding[]> => {
  const copies = await findApiCopies(io.cwd);
  const versions = new Set(copies.map((copy) => copy.version));
  if (copies.length === 0) return [{ mark: 'note', text: 'no @opentelemetry/api in node_modules' }];
  if (versions.size === 1) {
    return [{ mark: 'ok', text: `@opentelemetry/api ${[...versions].join()}, one version` }];
  }
  return [
    {
      mark: 'bad',
      text: 'several versions of @opentelemetry/api: one may silently record nothing; make them one',
    },
    ...copies.map((copy): Finding => ({ mark: 'note', text: `${copy.version}  ${copy.path}` })),
  ];
};
