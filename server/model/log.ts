// What a part may tell the log: a message and figures; the server's log fits it, so parts need not import that.

export type LogData = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface LogSink {
  info(message: string, data?: LogData): void;
  warn(message: string, data?: LogData): void;
  error(message: string, data?: LogData): void;
}
