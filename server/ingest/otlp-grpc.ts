// OTLP/gRPC by the rules of its specification (1.11): the bytes of a request go undecoded to the receiver, what it says comes back as status codes.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import {
  Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  status,
  type handleUnaryCall,
  type MethodDefinition,
  type ServerInterceptor,
  type ServiceError,
} from '@grpc/grpc-js';
import type { LogSink } from '../model/log.ts';
import { createGate, type Gate } from './gate.ts';
import { toldError } from './otlp-http.ts';
import type { Receiver } from './receiver.ts';
import { NOTHING_LEFT_OUT, otlpRoutes, type OtlpRoute } from './signals.ts';
import { grpcStatus, successBytes } from './status.ts';

export interface GrpcOptions {
  receiver: Receiver;
  log: LogSink;
  host: string;
  /** 0 for any free one. */
  port: number;
  /** Told of every call that was answered: its method's path and its status code. */
  called?: ((path: string, code: number) => void) | undefined;
}

export interface GrpcListening {
  port: number;
  /** Takes no new call, answers those that run, then closes what is left. */
  close(): Promise<void>;
}

/** An exporter keeps one connection; each costs a socket and HTTP/2's state. */
const CONNECTIONS_MAX = 256;
/** Calls at once on a connection: exporters send one after the other, a Collector some at once. */
const STREAMS_MAX = 16;
/** Messages that arrive at once, of all connections: 32 of the largest are 640 MiB. The others wait in their sender's window. */
const ARRIVING_MAX = 32;
/** Bytes that HTTP/2 itself may hold for a connection, headers and windows. */
const SESSION_MIB_MAX = 64;
/** A message that is not whole by then is not meant to be; as over HTTP. */
const MESSAGE_WAIT_MS = 40_000;
/** A peer that is gone without a word is noticed within these two. */
const PING_EVERY_MS = 60_000;
const PING_WAIT_MS = 20_000;
/** A connection without a byte for so long, pings counted, is dead. */
const SILENT_MS = 180_000;
const METADATA_BYTES_MAX = 16 * 1024;
/** Calls still running at a stop get this long. */
const CLOSE_WAIT_MS = 5000;

const METRICS = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

/** Listens; rejects with Node's error (`EADDRINUSE`, `EACCES`) where it cannot. */
export const listenGrpc = async ({
  receiver,
  log,
  host,
  port,
  called,
}: GrpcOptions): Promise<GrpcListening> => {
  const server = new Server({
    // The limit holds for a message as it is sent and for one inflated.
    'grpc.max_receive_message_length': receiver.limits.body_bytes,
    'grpc.max_concurrent_streams': STREAMS_MAX,
    'grpc.max_metadata_size': METADATA_BYTES_MAX,
    'grpc-node.max_session_memory': SESSION_MIB_MAX,
    'grpc.keepalive_time_ms': PING_EVERY_MS,
    'grpc.keepalive_timeout_ms': PING_WAIT_MS,
    interceptors: [inTurn(createGate(ARRIVING_MAX))],
  });
  for (const route of otlpRoutes(receiver)) {
    server.addService(
      { Export: methodAt(route.method) },
      { Export: exporter(route, receiver, { log, called }) },
    );
  }
  server.addService({ Export: methodAt(METRICS) }, { Export: noMetrics });
  // Our own socket: its errors are Node's, and its connections can be counted.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const socket = createServer((connection) => {
    sockets.add(connection);
    connection.once('close', () => sockets.delete(connection));
    connection.setTimeout(SILENT_MS, () => connection.destroy());
    injector.injectConnection(connection);
  });
  socket.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.listen(port, host, resolve);
  });
  return {
    port: (socket.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => socket.close(() => resolve()));
      injector.drain(CLOSE_WAIT_MS);
      const last = setTimeout(() => {
        for (const connection of sockets) connection.destroy();
      }, CLOSE_WAIT_MS);
      await closed;
      clearTimeout(last);
      server.forceShutdown();
    },
  };
};

/** Nothing is decoded here: a request is its bytes, and so is an answer. */
const methodAt = (path: string): MethodDefinition<Buffer, Buffer> => ({
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: itself,
  requestDeserialize: itself,
  responseSerialize: itself,
  responseDeserialize: itself,
});

const itself = (bytes: Buffer): Buffer => bytes;

const exporter =
  (
    route: OtlpRoute,
    receiver: Receiver,
    { log, called }: Pick<GrpcOptions, 'log' | 'called'>,
  ): handleUnaryCall<Buffer, Buffer> =>
  ({ request }, answer) => {
    const taken = receiver.withBytes(request, (body) =>
      request.length === 0 ? Promise.resolve(NOTHING_LEFT_OUT) : route.take('protobuf', body),
    );
    taken.then(
      (told) => {
        called?.(route.method, status.OK);
        answer(null, Buffer.from(successBytes(told)));
      },
      (error: unknown) => {
        const refused = grpcStatus(toldError(error, log, undefined));
        called?.(route.method, refused.code);
        answer(refusal(refused));
      },
    );
  };

const refusal = ({
  code,
  message,
  details,
}: ReturnType<typeof grpcStatus>): Partial<ServiceError> => {
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(details));
  return { code, details: message, metadata };
};

const noMetrics: handleUnaryCall<Buffer, Buffer> = (_call, answer) =>
  answer({
    code: status.UNIMPLEMENTED,
    details: 'Footprint keeps no metrics: send it traces and logs, and metrics elsewhere',
  });

/** Reads a call's message when it is its turn, and ends a call whose message does not come: it holds what has come of it. */
const inTurn =
  (gate: Gate): ServerInterceptor =>
  (_method, call) => {
    let leave: () => void = () => undefined;
    const late = setTimeout(() => {
      leave();
      call.sendStatus({
        code: status.DEADLINE_EXCEEDED,
        details: `no whole message came within ${String(MESSAGE_WAIT_MS / 1000)} s`,
      });
    }, MESSAGE_WAIT_MS);
    late.unref();
    const settle = (): void => {
      clearTimeout(late);
      leave();
    };
    const waiting = new Waiting(call, {
      start: (next) =>
        next({
          onReceiveMessage: (message, forward) => {
            settle();
            forward(message);
          },
          onCancel: settle,
        }),
    });
    waiting.turn = (read) => {
      leave = gate.enter(read);
    };
    return waiting;
  };

/** A call that waits for its turn before it is read the first time. */
class Waiting extends ServerInterceptingCall {
  turn: ((read: () => void) => void) | null = null;
  override startRead(): void {
    const { turn } = this;
    this.turn = null;
    if (turn === null) super.startRead();
    else turn(() => super.startRead());
  }
}
