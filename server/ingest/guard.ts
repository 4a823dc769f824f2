// Refuses requests that another site's pages make: a foreign Host (DNS rebinding) and a foreign Origin.
import type { Context, MiddlewareHandler } from 'hono';
import { AppError } from '../errors.ts';
import { bodyTypeOf, statusAnswer } from './status.ts';

/** Names that reach this machine only, whatever name server is asked. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
/** Methods that change nothing here; OPTIONS is none of them, since it asks on behalf of one that does. */
const SAFE = new Set(['GET', 'HEAD']);
/** Values of Sec-Fetch-Site on requests that are our own page's or a person's. */
const OWN_SITE = new Set(['same-origin', 'none']);

/**
 * Middleware for the whole server: 421 unless Host and URL name this server (loopback names, or one of
 * `hosts`, at any port), 403 for what a page of another origin asks or sends. Allow-Origin is never sent.
 */
export const createGuard = ({
  hosts = [],
}: { hosts?: readonly string[] } = {}): MiddlewareHandler => {
  const names = new Set([...LOOPBACK, ...hosts.map((host) => bracketed(host.toLowerCase()))]);
  return async (c, next) => {
    const fault = faultOf(c, names);
    if (fault === undefined) {
      await next();
      return undefined;
    }
    // Exporters read a Status; everybody else is answered by the application.
    if (!c.req.path.startsWith('/v1/')) throw fault;
    const type = bodyTypeOf(c.req.header('content-type')) ?? 'json';
    return statusAnswer(
      type,
      fault,
      (c as Context<{ Variables: { request_id?: string } }>).var.request_id,
    );
  };
};

const faultOf = (c: Context, names: ReadonlySet<string>): AppError | undefined => {
  const url = new URL(c.req.url);
  const host = c.req.header('host') ?? url.host;
  const named = hostUrl(host);
  if (named === undefined || !names.has(named.hostname) || !names.has(url.hostname)) {
    return new AppError('misdirected', 'this server does not answer to that host name');
  }
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  // A person may come by a link from anywhere; a page of another site may neither change nor read anything.
  const may_come = SAFE.has(c.req.method) && c.req.header('sec-fetch-mode') === 'navigate';
  const foreign =
    (origin !== undefined && originHost(origin) !== named.host) ||
    (site !== undefined && !OWN_SITE.has(site) && !may_come);
  return foreign
    ? new AppError('forbidden', 'a page of another origin may not send this')
    : undefined;
};

/** A Host header as a URL, undefined where it is none or holds more than a host. */
const hostUrl = (host: string): URL | undefined => {
  if (!/^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(host)) return undefined;
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
};

const originHost = (origin: string): string | undefined =>
  /^https?:\/\//.test(origin) && URL.canParse(origin) ? new URL(origin).host : undefined;

const bracketed = (host: string): string =>
  host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
