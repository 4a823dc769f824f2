#!/usr/bin/env node
// footprint: finds the command, runs it, and turns its end into an exit code.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { alertsCommand } from './commands/alerts.ts';
import type { Command, Io } from './commands/command.ts';
import { EXIT, unknownFlag } from './commands/command.ts';
import { doctor } from './commands/doctor.ts';
import { grantsImport } from './commands/grants-import.ts';
import { importDeno } from './commands/import-deno.ts';
import { importOtlp } from './commands/import-otlp.ts';
import { ownersImport } from './commands/owners-import.ts';
import { recommendCommand } from './commands/recommend.ts';
import { reportList, reportRun } from './commands/report.ts';
import { scanCommand } from './commands/scan.ts';
import { sendCerbos } from './commands/send-cerbos.ts';
import { serve } from './commands/serve.ts';
import { nearest } from './commands/suggest.ts';
import { sizeThreadPool } from './config.ts';
import { AppError } from './errors.ts';
import { readVersion } from './version.ts';

const COMMANDS: readonly Command[] = [
  serve,
  importOtlp,
  importDeno,
  sendCerbos,
  grantsImport,
  ownersImport,
  recommendCommand,
  reportList,
  reportRun,
  alertsCommand,
  scanCommand,
  doctor,
];

const helpText = (): string => `Usage: footprint <command> [options]

What AI agents were permitted to do, what they used, and what can be taken back.

Commands:
${COMMANDS.map((command) => `  ${command.name.padEnd(20)} ${command.summary}`).join('\n')}

Options:
  --help                 this, or a command's own help
  --version              the version

footprint <command> --help tells more of one command.
`;

/** Runs one command line; the exit code is the answer, and nothing is thrown. */
export const run = async (argv: readonly string[], io: Io): Promise<number> => {
  try {
    const found = COMMANDS.map((command) => ({ command, words: command.name.split(' ') })).find(
      ({ words }) => words.every((word, i) => argv[i] === word),
    );
    if (found === undefined) return await withoutCommand(argv, io);
    const rest = argv.slice(found.words.length);
    if (asks(rest, '--help', '-h')) {
      io.out(found.command.help);
      return EXIT.done;
    }
    if (asks(rest, '--version')) return await printVersion(io);
    return await found.command.run(rest, io);
  } catch (error) {
    return tell(error, io);
  }
};

/** Whether a flag stands before `--`, behind which all is operands. */
const asks = (argv: readonly string[], ...flags: readonly string[]): boolean => {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).some((arg) => flags.includes(arg));
};

const withoutCommand = async (argv: readonly string[], io: Io): Promise<number> => {
  const [first] = argv;
  if (first === '--version' || first === '-v') return printVersion(io);
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    (first === undefined ? io.err : io.out)(helpText());
    return first === undefined ? EXIT.usage : EXIT.done;
  }
  if (first.startsWith('-')) {
    io.err(`footprint: ${unknownFlag(first, ['help', 'version'])}\nflags stand behind a command\n`);
    return EXIT.usage;
  }
  const words = argv.filter((arg) => !arg.startsWith('-')).slice(0, 3);
  const begun = COMMANDS.filter((command) => command.name.startsWith(`${first} `));
  const asked = begun.length > 0 && words.length < 2 ? first : words.join(' ');
  const near = begun[0]?.name ?? nearestCommand(words);
  const hint = near === null ? '' : `; did you mean "${near}"?`;
  if (begun.length > 0 && asks(argv, '--help', '-h')) {
    for (const command of begun) io.out(command.help);
    return EXIT.done;
  }
  io.err(`footprint: there is no command "${asked}"${hint}\nfootprint --help lists them all\n`);
  return EXIT.usage;
};

/** Compares as many words as each command has, so that operands behind it do not count. */
const nearestCommand = (words: readonly string[]): string | null => {
  for (const length of [3, 2, 1]) {
    const known = COMMANDS.map((command) => command.name);
    const near = nearest(
      words.slice(0, length).join(' '),
      known.filter((name) => name.split(' ').length === length),
    );
    if (near !== null) return near;
  }
  return null;
};

const printVersion = async (io: Io): Promise<number> => {
  io.out(`footprint ${await readVersion()}\n`);
  return EXIT.done;
};

const tell = (error: unknown, io: Io): number => {
  if (!(error instanceof AppError) || error.code === 'internal') {
    const cause = error instanceof AppError ? error.data['cause'] : error;
    io.err(
      `footprint: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`,
    );
    return EXIT.failed;
  }
  io.err(`footprint: ${error.message}\n`);
  return error.data['usage'] === true ? EXIT.usage : EXIT.failed;
};

/** The terminal and the clock of this process. */
const processIo = (): Io => ({
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  tty: process.stderr.isTTY,
  now: () => Date.now(),
  cwd: process.cwd(),
  untilStopped: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        // The first asks for an orderly end; a second one, from an impatient hand, ends at once.
        process.once(signal, () => {
          resolve(signal);
          process.once(signal, () => process.exit(EXIT.failed));
        });
      }
    }),
});

const isMain = (): boolean => {
  const script = process.argv[1];
  return script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url);
};

if (isMain()) {
  // Whatever is written is for its owner only; the engine makes its files without a mode of ours.
  process.umask(0o077);
  sizeThreadPool();
  // A reader that has read enough, as head, is no fault; the exit code still tells what was found.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.exitCode = await run(process.argv.slice(2), processIo());
}
