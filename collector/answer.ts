// What a receiver's answer to OTLP over HTTP means for the spans that were sent (OTLP 1.11, "OTLP/HTTP Response").
import type { IncomingMessage } from 'node:http';
import { report } from './guard.ts';
import { field, text as textOf } from './read.ts';

/** What became of spans: taken or of no use to anybody, not taken now, or not whole. */
export type Sent = 'done' | 'later' | 'damaged';

/** What became of one request. */
export interface Answer {
  sent: 'done' | 'later';
  /** What the receiver asks to be left alone for. */
  waitMs?: number;
  /** Why it was not taken. */
  fault?: unknown;
}

/** Told to wait or told nothing: the same body may be taken another time. Every other refusal is for good. */
const mayBeTaken = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Seconds or a date (RFC 9110, 10.2.3). */
const waitIn = (header: string | undefined): number | undefined => {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
};

/** Says what a receiver took only a part of, or warns of; what it rejected is never sent again. */
const tellPartial = (body: string, spans: number): void => {
  if (!body.includes('partialSuccess')) return;
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return;
  }
  const partial = field(answer, 'partialSuccess');
  const rejected = textOf(field(partial, 'rejectedSpans')) ?? '0';
  const why = textOf(field(partial, 'errorMessage'), 200) ?? 'no reason';
  if (rejected !== '0') report(`${rejected} of ${spans} spans were rejected: ${why}`);
  else if (why !== 'no reason') report(`the receiver says: ${why}`);
};

/** The meaning of an answer. */
export const answered = (
  { statusCode = 0, headers }: Pick<IncomingMessage, 'statusCode' | 'headers'>,
  body: string,
  spans: number,
): Answer => {
  if (statusCode >= 200 && statusCode < 300) {
    tellPartial(body, spans);
    return { sent: 'done' };
  }
  const fault = new Error(`the receiver answered ${statusCode}`);
  if (mayBeTaken(statusCode)) {
    const waitMs = waitIn(headers['retry-after']);
    return { sent: 'later', fault, ...(waitMs === undefined ? {} : { waitMs }) };
  }
  report(`${spans} spans were refused`, fault);
  return { sent: 'done' };
};

/** The meaning of no answer. */
export const failed = (fault: unknown): Answer => ({ sent: 'later', fault });
