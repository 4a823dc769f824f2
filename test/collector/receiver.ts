// A receiver of OTLP on loopback that behaves as told: takes, refuses, hangs or resets.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `busy` answers 503, `bad` 400; `silent` never answers, `slow` after five seconds; `reset` cuts the connection. */
export type Manner = 'take' | 'busy' | 'bad' | 'silent' | 'slow' | 'reset';

const SLOW_MS = 5000;

export interface ReceivedSpan {
  name: string;
  trace_id: string;
  span_id: string;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
}

export interface Receiver {
  url: string;
  manner: Manner;
  /** All spans taken, in order; a span that was sent twice is in it twice. */
  spans: () => ReceivedSpan[];
  requests: () => number;
  clear: () => void;
  close: () => Promise<void>;
}

interface Value {
  stringValue?: string;
  intValue?: number | string;
  boolValue?: boolean;
  doubleValue?: number;
  arrayValue?: { values?: Value[] };
}
interface Pair {
  key: string;
  value: Value;
}
interface Request {
  resourceSpans: {
    resource: { attributes: Pair[] };
    scopeSpans: {
      spans: { name: string; traceId: string; spanId: string; attributes: Pair[] }[];
    }[];
  }[];
}

const plain = (value: Value): unknown =>
  value.arrayValue !== undefined
    ? (value.arrayValue.values ?? []).map(plain)
    : (value.stringValue ?? value.intValue ?? value.boolValue ?? value.doubleValue);
const told = (pairs: Pair[]): Record<string, unknown> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, plain(value)]));

const spansOf = (request: Request): ReceivedSpan[] =>
  request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ name, traceId, spanId, attributes }) => ({
        name,
        trace_id: traceId,
        span_id: spanId,
        attributes: told(attributes),
        resource: told(resource.attributes),
      })),
    ),
  );

/** On `port`, where one that was closed is to be back. */
export const startReceiver = async (manner: Manner = 'take', port = 0): Promise<Receiver> => {
  let spans: ReceivedSpan[] = [];
  let requests = 0;
  const answer = (request: IncomingMessage, response: ServerResponse, body: Buffer): void => {
    requests += 1;
    response.setHeader('content-type', 'application/json');
    if (receiver.manner === 'reset') request.socket.resetAndDestroy();
    if (receiver.manner === 'busy') response.writeHead(503).end('{}');
    if (receiver.manner === 'bad') response.writeHead(400).end('{}');
    if (receiver.manner === 'slow') setTimeout(() => response.end('{}'), SLOW_MS).unref();
    if (receiver.manner !== 'take') return;
    spans.push(...spansOf(JSON.parse(body.toString()) as Request));
    response.end('{}');
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks)));
    request.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    manner,
    spans: () => spans,
    requests: () => requests,
    clear: () => {
      spans = [];
      requests = 0;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return receiver;
};
