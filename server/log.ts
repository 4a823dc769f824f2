// The server's log: one JSON object a line on stderr, with names and figures only, never what a request carried.
import { AppError } from './errors.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What may stand beside a message. Values come from us, not from a request's body, headers or query. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Longest text in one field: a line stays a line that people can read. */
const FIELD_LENGTH_MAX = 2000;

export const createLog = ({
  level = 'info',
  now,
  write = (line) => process.stderr.write(line),
}: {
  level?: LogLevel;
  /** Milliseconds since 1970. */
  now: () => number;
  write?: (line: string) => void;
}): Log => {
  const threshold = LOG_LEVELS.indexOf(level);
  const at =
    (of: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(of) < threshold) return;
      const line: Record<string, unknown> = {
        time: new Date(now()).toISOString(),
        level: of,
        message,
      };
      for (const [name, value] of Object.entries(fields)) {
        line[name] = typeof value === 'string' ? value.slice(0, FIELD_LENGTH_MAX) : value;
      }
      write(`${JSON.stringify(line)}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

/** What the log says of an error: its code and words, and where it arose if it is not one of ours. */
export const errorFields = (error: unknown): LogFields => {
  const cause =
    error instanceof AppError && error.code === 'internal' ? error.data['cause'] : error;
  if (cause instanceof AppError) return { code: cause.code, error: cause.message };
  if (cause instanceof Error) {
    return { code: 'internal', error: cause.message, stack: cause.stack ?? '' };
  }
  return { code: 'internal', error: String(cause) };
};
