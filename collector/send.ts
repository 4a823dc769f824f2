// Sends bodies to a receiver of OTLP over HTTP, in a way that never keeps an agent alive that wants to end.
import { context, createContextKey } from '@opentelemetry/api';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { promisify } from 'node:util';
import { gzip as gzipOf } from 'node:zlib';
import { answered, failed } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Body } from './bodies.ts';
import type { Destination } from './destination.ts';
import { VERSION } from './span.ts';

/** Keeps instrumentations from tracing the request itself (the key that SDKs of both lines use). */
const SUPPRESS = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
/** One for what ends now, one for what the spool held. */
const MAX_SOCKETS = 2;
/**
 * How long a connection may take to open, or to take in some more of the body. Until both are done Node stays alive
 * whatever is unreferenced, so this is how much later an agent may end.
 */
const STALL_MS = 1000;
/** OTLP 1.11 asks for a limit; what is read of an answer is a count and a line of text. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Sends one body at a time for each of its callers. */
export interface Sender {
  /** One request, and one more where the connection had gone stale. Never rejects. */
  send(body: Body): Promise<Answer>;
  /** Ends what is under way, which then counts as not taken. */
  abort(): void;
}

/** How one request ended; `stale` where the receiver had closed a kept connection before this was sent on it. */
type Attempt = Answer & { stale?: boolean };

const compress = promisify(gzipOf);

/** Resolves with what an answer means; its status has told that already where the rest of it does not come. */
const read = (response: IncomingMessage, spans: number): Promise<Answer> =>
  new Promise((resolve) => {
    let text = '';
    let told = false;
    const tell = (): void => {
      if (!told) resolve(answered(response, text, spans));
      told = true;
    };
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      if (text.length + chunk.length > MAX_ANSWER_BYTES) response.destroy();
      else text += chunk;
    });
    for (const over of ['end', 'error', 'close']) response.on(over, tell);
  });

/** Lets the process end while a request is under way, and ends one whose connection stalls. */
const leaveAlone = (outgoing: ClientRequest): void => {
  outgoing.on('socket', (socket) => {
    const stalled = (): void => void outgoing.destroy(new Error(`stalled for ${STALL_MS} ms`));
    const moved = (): void => {
      socket.off('timeout', stalled);
      socket.setTimeout(0);
    };
    socket.unref();
    socket.setTimeout(STALL_MS, stalled);
    outgoing.once('finish', moved);
    outgoing.once('close', moved);
  });
};

/** A sender to this receiver. Its connections are kept for the next request and never keep the process. */
export const senderTo = ({ url, headers, timeoutMs, gzip, tls }: Destination): Sender => {
  const secure = url.protocol === 'https:';
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const agent = secure ? new SecureAgent({ ...options, ...tls }) : new Agent(options);
  const underWay = new Set<ClientRequest>();
  const about = {
    'user-agent': `footprint-collector/${VERSION}`,
    ...headers,
    'content-type': 'application/json',
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
  };

  const attempt = async (bytes: Uint8Array, spans: number): Promise<Attempt> => {
    const outgoing = (secure ? secureRequest : request)(url, {
      method: 'POST',
      agent,
      headers: { ...about, 'content-length': bytes.length },
    });
    leaveAlone(outgoing);
    underWay.add(outgoing);
    const end = (): void => void outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`));
    const late = setTimeout(end, timeoutMs);
    late.unref();
    const answer = new Promise<Attempt>((resolve) => {
      let reading = false;
      outgoing.on('response', (response) => {
        reading = true;
        void read(response, spans).then(resolve);
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const stale = outgoing.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '');
        if (!reading) resolve({ ...failed(error), stale });
      });
      outgoing.on('close', () => {
        if (!reading) resolve(failed(new Error('no answer')));
      });
    });
    outgoing.end(bytes);
    return answer.finally(() => {
      clearTimeout(late);
      underWay.delete(outgoing);
    });
  };

  return {
    send: ({ bytes, spans }) =>
      context.with(context.active().setValue(SUPPRESS, true), async () => {
        try {
          const body = gzip ? await compress(bytes) : bytes;
          const first = await attempt(body, spans);
          return first.stale === true ? await attempt(body, spans) : first;
        } catch (error) {
          return failed(error);
        }
      }),
    abort() {
      for (const one of underWay) one.destroy(new Error('the process ends'));
    },
  };
};
