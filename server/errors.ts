// The closed union of error codes, the HTTP status of each, and the one error class that carries them.

const STATUS = {
  bad_request: 400,
  bad_param: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  misdirected: 421,
  too_many_requests: 429,
  internal: 500,
  unknown_query: 500,
  journal_damaged: 503,
  overloaded: 503,
  store_unavailable: 503,
  control_unavailable: 503,
  query_timeout: 503,
  disk_full: 503,
  config_invalid: 500,
  locked: 500,
} as const;

/** Every way in which a call can fail, by name. */
export type ErrorCode = keyof typeof STATUS;

/** An error that a caller may see: a code to act on, a message that states the fact, and the data behind it. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, data: Record<string, unknown> = {}) {
    super(message);
    this.name = 'AppError';
    this.code = code;
    this.data = data;
  }

  /** HTTP status that answers this error. */
  get status(): (typeof STATUS)[ErrorCode] {
    return STATUS[this.code];
  }
}

/** The error itself where it is ours, else `internal` with the cause kept for the log. */
export const asAppError = (error: unknown): AppError =>
  error instanceof AppError
    ? error
    : new AppError('internal', 'the server failed', { cause: error });
