// The listening socket: Node's HTTP server with a limit on everything that a slow or hostile client could hold.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';

export interface Listening {
  /** The port in fact, where 0 was asked for. */
  port: number;
  /** Takes no new connection, lets running answers end, then closes what is left. */
  close(): Promise<void>;
}

/** Exporters send every 5 s and reuse the connection; a minute and some spares them a reset while sending. */
const KEEP_ALIVE_MS = 70_000;
/** A client that takes longer to say its headers does so on purpose. */
const HEADERS_TIMEOUT_MS = 10_000;
/** Headers and then 30 s for the largest body. */
const REQUEST_TIMEOUT_MS = 40_000;
/** How often Node looks for connections beyond those two. */
const CHECK_EVERY_MS = 2000;
const HEADER_BYTES_MAX = 16 * 1024;
/** Each costs a socket and some kilobytes; agents keep one each. */
const CONNECTIONS_MAX = 1024;
/** Answers still running at a stop get this long. */
const CLOSE_WAIT_MS = 5000;
/** A stop is felt as instant below this. */
const IDLE_LOOK_EVERY_MS = 50;

/** Listens; rejects with Node's error (`EADDRINUSE`, `EACCES`) where it cannot. */
export const listen = async ({
  fetch,
  host,
  port,
}: {
  /** `env` carries Node's own request and response. */
  fetch: (request: Request, env: HttpBindings) => Response | Promise<Response>;
  host: string;
  port: number;
}): Promise<Listening> => {
  const server = createAdaptorServer({
    hostname: host,
    createServer,
    serverOptions: {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
    },
    fetch: (request, env) =>
      isOriginForm(env.incoming.url)
        ? fetch(request, env as HttpBindings)
        : new Response(null, { status: 404 }),
  }) as Server;
  server.maxConnections = CONNECTIONS_MAX;
  const silent = silentSockets(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => closeServer(server, silent),
  };
};

/** Rejects with Node's error where somebody listens there; asked before anything is made for a server. */
export const checkFree = async ({ host, port }: { host: string; port: number }): Promise<void> => {
  if (port === 0) return;
  const probe = createTcpServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(port, host, resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
};

/** `GET /path`; an absolute URL in the request line is for proxies and could name another host. */
const isOriginForm = (url: IncomingMessage['url']): boolean => url?.startsWith('/') === true;

/** Connections that have sent no whole head yet: Node counts them as busy, and a stop would wait for them. */
const silentSockets = (server: Server): ReadonlySet<Socket> => {
  const silent = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.prependListener('request', ({ socket }: IncomingMessage) => silent.delete(socket));
  return silent;
};

/** A kept-alive connection becomes idle only when its last answer is out, so they are looked at again and again. */
const closeServer = async (server: Server, silent: ReadonlySet<Socket>): Promise<void> => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_LOOK_EVERY_MS);
  const last = setTimeout(() => server.closeAllConnections(), CLOSE_WAIT_MS);
  server.closeIdleConnections();
  for (const socket of silent) socket.destroy();
  await closed;
  clearInterval(idle);
  clearTimeout(last);
};
