// Puts the parts together: journal, store and pipeline behind the application, and the application on a socket.
import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Hono } from 'hono';
import type { ApiEnv, DeclaredParams } from './api/context.ts';
import { createLiveFeed } from './api/feed.ts';
import { createApp } from './app.ts';
import { urlOf, type Config } from './config.ts';
import type { Control } from './control/control.ts';
import { openControl } from './control/sqlite.ts';
import { FACT_KEYS } from './facts/facts.ts';
import { createGuard } from './ingest/guard.ts';
import { ingestRoutes } from './ingest/otlp-http.ts';
import { createReceiver } from './ingest/receiver.ts';
import { checkFree, listen } from './listen.ts';
import { startLoading, type Loading } from './load/start.ts';
import type { Log } from './log.ts';
import { createMetrics, timedStore } from './metrics.ts';
import { createReader } from './otlp/reader.ts';
import { startReporting } from './reporting.ts';
import { readStaticFiles } from './static.ts';
import { readCatalogue } from './store/query.ts';
import type { Store } from './store/store.ts';
import { readVersion } from './version.ts';

const WEB_FOLDER = fileURLToPath(new URL('../web/dist/', import.meta.url));

export interface PartsOptions {
  config: Config;
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
  control: Control;
  /** Ends live streams; the rest goes on. */
  quiet(): void;
  /** Loads and settles what was acknowledged, then closes. */
  close(): Promise<void>;
}

/** Opens the data folder. Throws AppError `locked`, `journal_damaged`, `store_unavailable` or `control_unavailable`. */
export const openParts = async ({
  config,
  log,
  now,
  web = WEB_FOLDER,
}: PartsOptions): Promise<Parts> => {
  const files = await readStaticFiles(web);
  const version = await readVersion();
  const declared = declaredParams();
  const loading = await startLoading({ folder: config.data, log });
  const clock = () => performance.now();
  const metrics = createMetrics();
  const store = timedStore(loading.store, metrics, clock);
  const control = await openBeside(loading, () => openControl({ folder: config.data, now }));
  const key = loading.keyFor('destinations');
  const { reports, schedules, destinations, ...reporting } = await startReporting({
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
    fingerprint: createFingerprint(loading.keyFor('fingerprint')),
  });
  const app = createApp({
    api: {
      store,
      control,
      reports,
      schedules,
      destinations,
      declared,
      cursor_key: loading.keyFor('cursor'),
      now,
      pipeline,
      putGrants: (grants) => store.putGrants(grants),
    },
    feed,
    guard: createGuard(),
    ingest: ingestRoutes({ receiver, log }),
    files,
    metrics,
    log,
    clock,
    version,
  });
  return {
    app,
    store,
    control,
    quiet: () => feed.close(),
    async close() {
      feed.close();
      await reporting.close();
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
  store: Store;
  close(): Promise<void>;
}

/** Starts to listen; when `close` returns, everything acknowledged is loaded and the folder is free. */
export const startServer = async (options: PartsOptions): Promise<Server> => {
  const { config, log } = options;
  // A folder made for a server that cannot start would only be in the way.
  await checkFree(config);
  const parts = await openParts(options);
  try {
    const socket = await listen({
      fetch: (request, env) => parts.app.fetch(request, env),
      host: config.host,
      port: config.port,
    });
    const url = urlOf(config.host, socket.port);
    log.info('listening', { url, data: config.data });
    return {
      url,
      port: socket.port,
      store: parts.store,
      async close() {
        parts.quiet();
        await socket.close();
        await parts.close();
        log.info('stopped');
      },
    };
  } catch (error) {
    await parts.close();
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
