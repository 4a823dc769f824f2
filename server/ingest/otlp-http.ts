// OTLP/HTTP by the rules of its specification (1.11), whatever is sent: method, type, answers, and errors that a client tries again.
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { AppError } from '../errors.ts';
import type { LogSink } from '../model/log.ts';
import type { BodyType } from '../model/submission.ts';
import type { Receiver } from './receiver.ts';
import { NOTHING_LEFT_OUT, otlpRoutes } from './signals.ts';
import { bodyTypeOf, statusAnswer, successAnswer } from './status.ts';

type IngestEnv = { Bindings: Partial<HttpBindings>; Variables: { request_id?: string } };

/** `false` says that nobody vouches for what is sent: it is kept, and is no evidence until somebody confirms it. */
export const ATTESTED_HEADER = 'footprint-attested';

export interface IngestOptions {
  receiver: Receiver;
  log: LogSink;
}

/** POST to the path of every signal. */
export const ingestRoutes = ({ receiver, log }: IngestOptions): Hono => {
  const app = new Hono<IngestEnv>();
  for (const { path, signal, take } of otlpRoutes(receiver)) {
    const receive = (c: Context<IngestEnv>, type: BodyType): Promise<Response> => {
      const { incoming } = c.env ?? {};
      const source = { incoming, body: incoming === undefined ? c.req.raw.body : null };
      return receiver.withBody(source, c.req.header('content-encoding'), async (body) => {
        const attested = c.req.header(ATTESTED_HEADER) !== 'false';
        const told =
          body.plain.length === 0 ? NOTHING_LEFT_OUT : await take(type, { ...body, attested });
        return successAnswer(type, signal, told);
      });
    };
    app.all(path, async (c) => {
      const type = bodyTypeOf(c.req.header('content-type'));
      try {
        if (c.req.method !== 'POST') {
          throw new AppError(
            'method_not_allowed',
            `${signal} are sent with POST, got ${c.req.method}`,
          );
        }
        if (type === undefined) {
          throw new AppError(
            'unsupported_media_type',
            `${signal} are sent as application/x-protobuf or application/json`,
          );
        }
        return await receive(c, type);
      } catch (error) {
        const { request_id } = c.var;
        return statusAnswer(type ?? 'json', toldError(error, log, request_id), request_id);
      }
    });
  }
  return app as unknown as Hono;
};

/** Exporters drop a batch on 500 and send it again on 503, so what is no fault of theirs is 503. */
export const toldError = (
  error: unknown,
  log: LogSink,
  request_id: string | undefined,
): AppError => {
  if (error instanceof AppError && error.status < 500) return error;
  const code = error instanceof AppError ? error.code : 'internal';
  const told = error instanceof Error ? error.message : String(error);
  log.error('telemetry refused', { request_id, code, error: told });
  if (error instanceof AppError && error.status === 503) return error;
  return new AppError('store_unavailable', 'the server failed, try again');
};
