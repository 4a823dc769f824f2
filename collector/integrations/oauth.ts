// A fetch for OAuth clients that records the life of the tokens which pass it: oauth4webapi, openid-client, plain fetch.
import { credential } from '../credential.ts';
import { report } from '../guard.ts';
import { field, textField } from '../read.ts';
import type { Asked, FetchArguments } from './http-request.ts';
import { presentedToken, readAnswer, readRequest, wantedScopes } from './http-request.ts';
import { claimsOf, clientOf, confirmationOf, detailsOf, proofKeyOf, typeOf } from './jwt-claims.ts';
import { ACCESS, REFRESH, tokenAnswered } from './token-answer.ts';
import type { AgentOf } from './token-spans.ts';
import { about, binding, holderOf, scopesRefused, tokenUsed } from './token-spans.ts';

/** An agent talks to a handful of authorization servers; the oldest one learnt is forgotten beyond this. */
const MAX_SERVERS = 32;
const METADATA = /\/\.well-known\/(oauth-authorization-server|openid-configuration)(\/|$)/;
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;

/** An authorization server's metadata (RFC 8414), as far as it is needed. */
export interface ServerMetadata {
  issuer?: string | undefined;
  token_endpoint?: string | undefined;
  revocation_endpoint?: string | undefined;
  introspection_endpoint?: string | undefined;
}

/** The options with which oauth4webapi and openid-client call a `customFetch`; they allow more bodies than fetch's types. */
export interface CustomFetchOptions {
  method: string;
  headers: Record<string, string>;
  redirect: 'manual';
  body?: unknown;
  signal?: AbortSignal | undefined;
}

/** `fetch`, and what the OAuth clients want in its place. */
export type RecordingFetch = typeof globalThis.fetch &
  ((url: string, options: CustomFetchOptions) => Promise<Response>);

export interface RecordingFetchOptions {
  /** What fetches; the global `fetch` where it is not given. */
  fetch?: typeof globalThis.fetch;
  /** The authorization server; not needed where its metadata is discovered through this fetch. */
  server?: ServerMetadata;
  /** Scopes asked for where the token request names none: those of the authorization or device request. */
  scopes_requested?: readonly string[];
  /**
   * What a token answer without `scope` means: `unknown` (the default), since servers are known that leave it out where
   * they granted none, or `as_requested`, as RFC 6749, 5.1 has it.
   */
  omitted_scope?: 'unknown' | 'as_requested';
  /** Whether tokens are recorded as used when they are presented or introspected; true where it is not given. */
  uses?: boolean;
  /** For a resource server that introspects outside any task: the agent's name for a client id, which it is itself. */
  agent?: AgentOf;
}

type Role = 'token' | 'revocation' | 'introspection';
interface Known {
  role: Role;
  issuer: string | undefined;
}

/** The endpoints of servers, by their URL. */
const createDirectory = (given: ServerMetadata | undefined) => {
  const servers = new Map<string, Map<string, Known>>();
  const learn = (metadata: unknown): void => {
    const issuer = textField(metadata, 'issuer');
    const endpoints = new Map<string, Known>();
    for (const role of ['token', 'revocation', 'introspection'] as const) {
      const url = textField(metadata, `${role}_endpoint`);
      if (url !== undefined) endpoints.set(url, { role, issuer });
    }
    servers.delete(issuer ?? '');
    servers.set(issuer ?? '', endpoints);
    const [oldest] = servers.keys();
    if (servers.size > MAX_SERVERS && oldest !== undefined) servers.delete(oldest);
  };
  if (given !== undefined) learn(given);
  return {
    learn,
    find: (url: string): Known | undefined => {
      for (const endpoints of servers.values()) {
        const known = endpoints.get(url);
        if (known !== undefined) return known;
      }
      return undefined;
    },
  };
};

/** What a POST with a token in its form is for: by the endpoint, else by its form, its path and its answer. */
const roleOf = (asked: Asked, known: Known | undefined, body: unknown): Role | undefined => {
  if (known !== undefined) return known.role;
  if (asked.param?.('grant_type') !== undefined) return 'token';
  if (asked.param?.('token') === undefined) return undefined;
  if (typeof field(body, 'active') === 'boolean') return 'introspection';
  return /revo/i.test(new URL(asked.url).pathname) ? 'revocation' : undefined;
};

const revoked = (asked: Asked): void => {
  const token = asked.param?.('token');
  if (token === undefined) return;
  const hint = asked.param?.('token_type_hint');
  const hinted = hint === 'refresh_token' ? REFRESH : ACCESS;
  const type = claimsOf(token) !== undefined ? 'jwt' : hint === undefined ? undefined : hinted;
  credential.revoked(token, type === undefined ? {} : { type });
};

/** An introspection that finds a token active is made by a resource server to which it was presented (RFC 7662, 1). */
const introspected = (asked: Asked, body: unknown, agent: AgentOf | undefined): void => {
  const token = asked.param?.('token');
  if (token === undefined || field(body, 'active') !== true) return;
  about(holderOf(clientOf(body), agent), () =>
    tokenUsed(
      token,
      { ...detailsOf(body), type: typeOf(token, ACCESS) },
      binding(confirmationOf(body)),
    ),
  );
};

const presented = (asked: Asked, token: string, response: Response): void => {
  if (response.status === UNAUTHORIZED || response.status === FORBIDDEN) {
    scopesRefused(wantedScopes(response), 'insufficient_scope', { token });
    return;
  }
  const claims = claimsOf(token);
  const key = confirmationOf(claims) ?? proofKeyOf(asked.header('dpop'));
  tokenUsed(token, { ...detailsOf(claims), type: typeOf(token, ACCESS) }, binding(key));
};

/**
 * A `fetch` that does what the given one does, and records what passes: tokens issued, refreshed and exchanged, with
 * the scopes that were asked for beside those that were granted; tokens revoked (RFC 7009), presented to a resource
 * (RFC 6750, 9449) or found active by introspection (RFC 7662); scopes refused. Give it to oauth4webapi or
 * openid-client as `customFetch`, or call it in place of `fetch`. Tokens, codes, assertions, secrets and keys are not
 * recorded, only fingerprints. It rejects with what the given fetch rejects with, nothing else. Answers of token and
 * introspection endpoints are read (from a copy) before the caller has them; no others are.
 */
export const recordingFetch = (options: RecordingFetchOptions = {}): RecordingFetch => {
  const { server, scopes_requested, omitted_scope, uses = true, agent } = options;
  const directory = createDirectory(server);

  const record = async (asked: Asked, response: Response): Promise<void> => {
    if (asked.method === 'GET' && METADATA.test(new URL(asked.url).pathname)) {
      if (response.ok) directory.learn(await readAnswer(response));
      return;
    }
    const known = directory.find(asked.url);
    const carries = asked.param?.('grant_type') ?? asked.param?.('token');
    const body = carries === undefined ? undefined : await readAnswer(response);
    const role = carries === undefined ? undefined : roleOf(asked, known, body);
    const token = presentedToken(asked);
    if (role === 'token' && asked.param !== undefined) {
      const proof = asked.header('dpop');
      const told = { proof, body, issuer: known?.issuer ?? server?.issuer, uses };
      tokenAnswered({ ...told, param: asked.param, scopes_requested, omitted_scope });
    } else if (role === 'revocation') {
      if (response.ok) revoked(asked);
    } else if (role === 'introspection') {
      if (uses && response.ok) introspected(asked, body, agent);
    } else if (token !== undefined && uses) presented(asked, token, response);
  };

  const watched = async (...args: FetchArguments): Promise<Response> => {
    const fetching = options.fetch ?? globalThis.fetch;
    const asked = await readRequest(...args).catch(failed);
    const response = await fetching(...args);
    if (asked !== undefined) await record(asked, response).catch(failed);
    return response;
  };
  return watched as RecordingFetch;
};

const failed = (fault: unknown): undefined => {
  report('recording an OAuth request failed', fault);
  return undefined;
};
