// Puts the parts together: journal, store and pipeline behind the application, and the application on a socket.
import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Hono } from 'hono';
import type { ApiEnv, DeclaredParams } from './api/context.ts';
import { createLiveFeed } from './api/feed.ts';
import { createApp } from './app.ts';
import { shownSettings, urlOf, type Config, type Sources } from './config.ts';
import type { Control } from './control/control.ts';
import { openControl } from './control/sqlite.ts';
import { FACT_KEYS } from './facts/facts.ts';
import { createGuard } from './ingest/guard.ts';
import { engineLogRoutes } from './ingest/engine-logs.ts';
import { ingestRoutes } from './ingest/otlp-http.ts';
import { listenGrpc, type GrpcListening } from './ingest/otlp-grpc.ts';
import { createReceiver, type Receiver } from './ingest/receiver.ts';
import { checkFree, listen } from './listen.ts';
import { startLoading, type Loading } from './load/start.ts';
import type { Log } from './log.ts';
import { createMetrics, timedStore } from './metrics.ts';
import { createReader } from './otlp/reader.ts';
import { startReporting } from './reporting.ts';
import { createRuling } from './ruling.ts';
import { readStaticFiles } from './static.ts';
import { readCatalogue } from './store/query.ts';
import type { Store } from './store/store.ts';
import { readVersion } from './version.ts';

const WEB_FOLDER = fileURLToPath(new URL('../web/dist/', import.meta.url));

export interface PartsOptions {
  config: Config;
  /** Where each setting came from; those that are not named are defaults. */
  sources?: Sources;
  log: Log;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Folder of the built dashboard. */
  web?: string;
}

/** Everything but the socket. */
export interface Parts {
  app: Hono<ApiEnv>;
  store: Store;
  /** What every door hands telemetry to. */
  receiver: Receiver;
  control: Control;
  /** Counts a call over gRPC. */
  called(path: string, code: number): void;
  /** Ends live streams; the rest goes on. */
  quiet(): void;
  /** Loads and settles what was acknowledged, then closes. */
  close(): Promise<void>;
}

/** Opens the data folder. Throws AppError `locked`, `journal_damaged`, `store_unavailable` or `control_unavailable`. */
export const openParts = async ({
  config,
  sources = {},
  log,
  now,
  web = WEB_FOLDER,
}: PartsOptions): Promise<Parts> => {
  const files = await readStaticFiles(web);
  const version = await readVersion();
  const declared = declaredParams();
  const loading = await startLoading({ folder: config.data, log });
  const control = await openBeside(loading, () => openControl({ folder: config.data, now }));
  const ruling = createRuling({
    control,
    put: (rulings) => loading.store.putRulings(rulings),
    young_days: config.too_young,
    log,
  });
  await ruling.tell();
  const clock = () => performance.now();
  const metrics = createMetrics();
  const store = timedStore(loading.store, metrics, clock);
  const key = loading.keyFor('destinations');
  const { close: closeReporting, ...reporting } = await startReporting({
    key,
    config,
    store,
    control,
    now,
    log,
  });
  const pipeline = () => ({
    ...loading.pipeline.backlog(),
    journal_bytes: loading.journal.counts().bytes,
  });
  const feed = createLiveFeed({ store, now, pipeline, log });
  const receiver = createReceiver({
    submit: (submission) => loading.pipeline.submit(submission),
    reader: createReader({ keys: FACT_KEYS }),
    clock: now,
    passedOver: (records) => metrics.passedOver(records),
    fingerprint: createFingerprint(loading.keyFor('fingerprint')),
  });
  const app = createApp({
    api: {
      store,
      control,
      settings: shownSettings({ config, sources }),
      ...reporting,
      declared,
      cursor_key: loading.keyFor('cursor'),
      now,
      pipeline,
      putGrants: (grants) => store.putGrants(grants),
      rule: (act, changes) => ruling.rule(act, changes),
      inTurn: (subject, work) => ruling.inTurn(subject, work),
    },
    feed,
    guard: createGuard(),
    ingest: ingestRoutes({ receiver, log }).route('/', engineLogRoutes({ receiver, log })),
    files,
    metrics,
    log,
    clock,
    version,
  });
  return {
    app,
    store,
    receiver,
    control,
    called: (path, code) => metrics.call(path, code),
    quiet: () => feed.close(),
    async close() {
      feed.close();
      await closeReporting();
      ruling.close();
      await loading.close();
      control.close();
    },
  };
};

/** Opens what the running parts need too; where that fails, they do not keep the folder. */
const openBeside = async <Opened>(loading: Loading, open: () => Opened): Promise<Opened> => {
  try {
    return open();
  } catch (error) {
    await loading.close();
    throw error;
  }
};

/** 128 bits, as the collector makes them; another key, since the collector's stays with the agent. */
const FINGERPRINT_DIGITS = 32;

const createFingerprint =
  (key: Uint8Array) =>
  (secret: string): string =>
    `fp_${createHmac('sha256', key).update(secret).digest('hex').slice(0, FINGERPRINT_DIGITS)}`;

export interface Server {
  url: string;
  port: number;
  /** Of OTLP/gRPC, null where it is off. */
  grpc_port: number | null;
  store: Store;
  close(): Promise<void>;
}

/** Starts to listen; when `close` returns, everything acknowledged is loaded and the folder is free. */
export const startServer = async (options: PartsOptions): Promise<Server> => {
  const { config, log } = options;
  // A folder made for a server that cannot start would only be in the way.
  const { host, port, grpc_port } = config;
  await checkFree({ host, port });
  if (grpc_port !== 'off') await checkFree({ host, port: grpc_port });
  const parts = await openParts(options);
  const grpc = async (): Promise<GrpcListening | null> =>
    grpc_port === 'off'
      ? null
      : listenGrpc({
          receiver: parts.receiver,
          log,
          host,
          port: grpc_port,
          called: (path, code) => parts.called(path, code),
        });
  const listening: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    parts.quiet();
    // All at once: each waits for its own calls, and a stop must not wait for one after the other.
    await Promise.all(listening.map((socket) => socket.close()));
    await parts.close();
  };
  try {
    const calls = await grpc();
    if (calls !== null) listening.push(calls);
    const socket = await listen({
      fetch: (request, env) => parts.app.fetch(request, env),
      host,
      port,
    });
    listening.push(socket);
    const url = urlOf(host, socket.port);
    log.info('listening', { url, grpc_port: calls?.port ?? 'off', data: config.data });
    return {
      url,
      port: socket.port,
      grpc_port: calls?.port ?? null,
      store: parts.store,
      async close() {
        await close();
        log.info('stopped');
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
};

/** What each question declares, read from the headers of its file once. */
const declaredParams = (): DeclaredParams => {
  const byQuery = new Map(
    [...readCatalogue().values()].map(({ name, params }) => [
      name,
      new Map(params.map((param) => [param.name, param.type])),
    ]),
  );
  const none: ReadonlyMap<string, string> = new Map();
  return (query) => byQuery.get(query) ?? none;
};
