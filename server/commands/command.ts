// What a command of the command line is, and what it may touch of the world.
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { AppError } from '../errors.ts';
import { nearest } from './suggest.ts';

/** The terminal, the clock and the place, handed in so that commands run in tests as they do for people. */
export interface Io {
  out: (text: string) => void;
  err: (text: string) => void;
  /** True where stderr is a terminal, so that a line may be drawn over. */
  tty: boolean;
  /** Milliseconds since 1970. */
  now: () => number;
  cwd: string;
  /** Left out: the environment of the process. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Resolves at the first SIGINT or SIGTERM from now on. */
  untilStopped: () => Promise<string>;
}

export interface Command {
  /** As typed, `grants import`. */
  name: string;
  summary: string;
  /** The whole of --help. */
  help: string;
  /** Exit code: 0 done, 1 failed, 2 wrongly called. */
  run(argv: readonly string[], io: Io): Promise<number>;
}

export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** A command called with wrong arguments; answered with the sentence and where help is. */
export const usageError = (message: string): AppError =>
  new AppError('bad_param', message, { usage: true });

/** Flags and operands by node:util's rules; a wrong flag is a usage error that names the nearest right one. */
export const readArgs = <Options extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  options: Options,
) => {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageError(faultOf(error, Object.keys(options)));
  }
};

/** What is wrong with the flags, in one sentence. */
const faultOf = (error: unknown, flags: readonly string[]): string => {
  const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split('. To ');
  const unknown = /^Unknown option '(-\S*)'/.exec(sentence)?.[1];
  if (unknown === undefined) return sentence;
  return unknownFlag(unknown, [...flags, 'help', 'version']);
};

export const unknownFlag = (flag: string, known: readonly string[]): string => {
  const near = nearest(flag.replace(/^-+/, ''), known);
  const hint =
    near === null
      ? `there are ${known.map((name) => `--${name}`).join(', ')}`
      : `did you mean --${near}?`;
  return `there is no flag ${flag}; ${hint}`;
};
