// The HTTP application: guard and headers first, then ingest, the API, the operator's routes and the dashboard's files.
import { randomUUID } from 'node:crypto';
import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { matchedRoutes } from 'hono/route';
import type { ApiEnv, ApiOptions } from './api/context.ts';
import type { LiveFeed } from './api/feed.ts';
import { openApiRoutes } from './api/openapi.ts';
import { apiRoutes } from './api/routes.ts';
import { AppError, asAppError } from './errors.ts';
import { errorFields, type Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { operatorRoutes } from './operator.ts';
import { isPagePath, type StaticFile, type StaticFiles } from './static.ts';

export interface AppOptions {
  api: ApiOptions;
  feed: LiveFeed;
  /** Refuses foreign Hosts and Origins before anything is read. */
  guard: MiddlewareHandler;
  /** POST /v1/traces and what else takes telemetry; paths from the root. */
  ingest: Hono;
  files: StaticFiles;
  metrics: Metrics;
  log: Log;
  /** Milliseconds that only go forward, for latencies. */
  clock: () => number;
  version: string;
}

/** Scripts, styles and connections of our own only; nothing may frame the pages. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const SECURITY_HEADERS = [
  ['content-security-policy', CONTENT_SECURITY_POLICY],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
] as const;

/** Seconds after which a client may try again; long ones make exporters drop their batch. */
const RETRY_AFTER_S = '1';
const YEAR_S = 31_536_000;

export const createApp = (options: AppOptions): Hono<ApiEnv> => {
  const { log } = options;
  const app = new Hono<ApiEnv>();
  app.use(observe(options));
  app.use(options.guard);
  app.route('/', options.ingest);
  app.route('/api/v1', apiRoutes(options.api, options.feed));
  app.route('/', operatorRoutes(options));
  app.route('/', openApiRoutes(app, options.version));
  app.on(['GET', 'HEAD'], '*', dashboard(options.files));
  app.notFound((c) => answerError(c, new AppError('not_found', 'there is no such route')));
  app.onError((error, c) => {
    if (error instanceof HTTPException && error.status < 500) {
      return answerError(c, new AppError('bad_request', error.message || 'the request is refused'));
    }
    const told = asAppError(error);
    if (told.status >= 500) {
      log.error('request failed', { request_id: c.var.request_id, ...errorFields(told) });
    }
    return answerError(c, told);
  });
  return app;
};

/** Puts the id and the headers on, and counts. */
const observe =
  ({ metrics, log, clock }: AppOptions): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const began = clock();
    c.set('request_id', randomUUID());
    await next();
    // Exporters read none of them, and their requests are the many.
    if (!c.req.path.startsWith('/v1/')) {
      const { headers } = c.res;
      for (const [name, value] of SECURITY_HEADERS) headers.set(name, value);
      headers.set('x-request-id', c.var.request_id);
    }
    const ms = clock() - began;
    const route = matchedRoutes(c).find(({ path }) => !path.includes('*'))?.path ?? 'other';
    metrics.request(route, c.req.method, c.res.status, ms / 1000);
    log.debug('request', { request_id: c.var.request_id, route, status: c.res.status, ms });
  };

const answerError = (c: Context<ApiEnv>, error: AppError): Response => {
  if (error.status === 503 || error.status === 429) c.header('retry-after', RETRY_AFTER_S);
  c.header('cache-control', 'no-store');
  const { code, message } = error;
  return c.json({ error: { code, message, request_id: c.var.request_id } }, error.status);
};

const dashboard =
  (files: StaticFiles): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const file = files.get(c.req.path);
    if (file !== undefined && c.req.path !== '/index.html') return answerFile(c, file);
    if (!isPagePath(c.req.path)) return next();
    const index = files.get('/index.html');
    if (index !== undefined) return answerFile(c, index);
    return c.text('The dashboard is not built yet: run `npm start`, which builds it.\n', 404);
  };

const answerFile = (c: Context<ApiEnv>, file: StaticFile): Response => {
  c.header('content-type', file.type);
  c.header('etag', file.etag);
  c.header('vary', 'accept-encoding');
  c.header('cache-control', file.immutable ? `public, max-age=${YEAR_S}, immutable` : 'no-cache');
  if (c.req.header('if-none-match') === file.etag) return c.body(null, 304);
  if (file.gzip !== null && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')) {
    c.header('content-encoding', 'gzip');
    return c.body(file.gzip);
  }
  return c.body(file.body);
};
