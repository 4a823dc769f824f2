// Answers that a client has already are not sent again: ETags by the store's commits and by the answer itself.
import { createHash, randomBytes } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { ApiContext, ApiEnv, ApiOptions } from './context.ts';
import { steppedNow } from './list.ts';

/** Characters of each half of a tag: 60 bits, and a wrong guess only shows an older answer. */
const DIGITS = 10;
/** A commit counted by another process is another one: the database may have been made anew. */
const BOOT_BYTES = 8;

/**
 * A tag is `commits-state-answer`. Where commits and clock still are those of the request before, nothing can
 * have changed and the store is not asked; else the answer is made, and sent only where it is another one.
 */
export const createFreshness = (api: ApiOptions): MiddlewareHandler<ApiEnv> => {
  const boot = randomBytes(BOOT_BYTES).toString('hex');
  return async (c, next) => {
    const asks = c.req.method === 'GET' || c.req.method === 'HEAD';
    const state = asks ? await stateOf(api, c, boot) : null;
    if (state === null) return next();
    const known = tagsOf(c.req.header('if-none-match'));
    const same = known.find((tag) => tag.startsWith(`"${state}-`));
    if (same !== undefined) return unchanged(c, same);
    await next();
    const { res } = c;
    const type = res.headers.get('content-type') ?? '';
    if (res.status !== 200 || !type.startsWith('application/json')) return undefined;
    const body = await res.arrayBuffer();
    const answer = digest(new Uint8Array(body));
    const kept = known.find((tag) => tag.endsWith(`-${answer}"`));
    if (kept !== undefined) {
      c.res = undefined;
      c.res = unchanged(c, kept);
      return undefined;
    }
    const headers = new Headers(res.headers);
    headers.set('etag', `"${state}-${answer}"`);
    headers.set('cache-control', CACHE_CONTROL);
    c.res = undefined;
    c.res = new Response(body, { status: 200, headers });
    return undefined;
  };
};

/** Kept by the client itself and by nobody between, and asked about each time. */
const CACHE_CONTROL = 'private, no-cache';

/** All that an answer is made of but the store's rows; null where the store cannot say. */
const stateOf = async (
  { store, now, pipeline }: ApiOptions,
  c: ApiContext,
  boot: string,
): Promise<string | null> => {
  const state = await store.state().catch(() => null);
  if (state === null) return null;
  const { pathname, search } = new URL(c.req.url);
  const parts = [
    boot,
    c.var.workspace,
    pathname,
    search,
    state.commits,
    steppedNow(now()),
    pipeline().waiting_spans,
  ];
  return `${String(state.commits)}-${digest(JSON.stringify(parts))}`;
};

const digest = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex').slice(0, DIGITS);

/** The tags of If-None-Match; weak ones name the same answer, since it is compared byte by byte. */
const tagsOf = (header: string | undefined): string[] =>
  (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));

const unchanged = (c: ApiContext, etag: string): Response =>
  c.body(null, 304, { etag, 'cache-control': CACHE_CONTROL });
