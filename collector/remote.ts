// Asks a decision point over HTTP: one bounded JSON request and answer, under the trace context of the decision.
import { context, propagation } from '@opentelemetry/api';
import { guard } from './guard.ts';
import { textField } from './read.ts';

/** An agent waits for its decision; a decision point answers in milliseconds, so this one is gone. */
const TIMEOUT_MS = 5000;
/** A decision with its reasons is a few kilobytes; more than this is no decision. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** How a decision point is reached; every field is optional. */
export interface RemoteOptions {
  /** Sent with each request, for example `authorization`. */
  headers?: Record<string, string>;
  /** Milliseconds until a request is given up; 5000 where it is not given. */
  timeout_ms?: number;
  /** Another `fetch`, for example one with a client certificate. */
  fetch?: typeof fetch;
}

/** Why a decision point gave no decision: `code` is `timeout`, `http_503`, `not_json`, `too_large`, or the system's own. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly code: string;
  constructor(code: string, cause?: unknown) {
    super(`the decision point gave no decision: ${code}`, { cause });
    this.code = code;
  }
}

const failure = (error: unknown): RemoteError => {
  if (error instanceof RemoteError) return error;
  const name = textField(error, 'name');
  if (name === 'TimeoutError' || name === 'AbortError') return new RemoteError('timeout', error);
  const cause = error instanceof Error ? error.cause : undefined;
  return new RemoteError(textField(cause, 'code') ?? name ?? 'unreachable', error);
};

const readBounded = async (response: Response): Promise<string> => {
  const decoder = new TextDecoder();
  let body = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new RemoteError('too_large');
    body += decoder.decode(chunk, { stream: true });
  }
  return body + decoder.decode();
};

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw new RemoteError('not_json', error);
  }
};

/** Posts `body` as JSON and gives the parsed answer. Rejects with a RemoteError, and with nothing else. */
export const post = async (
  url: string,
  body: unknown,
  { headers = {}, timeout_ms = TIMEOUT_MS, fetch: ask = fetch }: RemoteOptions,
): Promise<unknown> => {
  const sent: Record<string, string> = { 'content-type': 'application/json', ...headers };
  guard('propagating a trace', () => propagation.inject(context.active(), sent), undefined);
  try {
    const response = await ask(url, {
      method: 'POST',
      headers: sent,
      body: JSON.stringify(body),
      // A decision comes from the address that was configured, and a redirected POST would lose its body.
      redirect: 'error',
      signal: AbortSignal.timeout(timeout_ms),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new RemoteError(`http_${response.status}`);
    }
    return parse(await readBounded(response));
  } catch (error) {
    throw failure(error);
  }
};
