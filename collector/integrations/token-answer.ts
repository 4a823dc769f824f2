// What a token endpoint was asked and answered (RFC 6749, 8693, 7523), as the lives of the tokens in it.
import { credential } from '../credential.ts';
import { field, text, textField, texts } from '../read.ts';
import type { TaskAttributes } from '../span.ts';
import type { CredentialDetails } from '../types.ts';
import { actorsOf, claimsOf, confirmationOf, detailsOf, proofKeyOf, typeOf } from './jwt-claims.ts';
import { about, binding, scopesRefused, tokenUsed } from './token-spans.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:';
export const ACCESS = 'oauth_access_token';
export const REFRESH = 'oauth_refresh_token';
/** Parameters in which a request hands over a token that it was given before. */
const PRESENTED = ['refresh_token', 'subject_token', 'actor_token', 'assertion'] as const;
/** Errors that refuse what was asked for (RFC 6749, 5.2; RFC 8707, 2; RFC 8628, 3.5); others tell of a bad request. */
const REFUSALS = ['invalid_scope', 'access_denied', 'unauthorized_client', 'invalid_target'];

/** One request to a token endpoint and its answer. */
export interface TokenExchange {
  /** A parameter of the request. */
  param: (name: string) => string | undefined;
  /** The DPoP proof that came with it. */
  proof?: string | undefined;
  /** The answer's JSON. */
  body: unknown;
  issuer?: string | undefined;
  /** Asked for where the request itself names no scope, for example at the authorization endpoint. */
  scopes_requested?: readonly string[] | undefined;
  /** What an answer without `scope` means. */
  omitted_scope?: 'unknown' | 'as_requested' | undefined;
  /** The binding key, where it is known of the token itself. */
  confirmation?: string | undefined;
  /** Whether tokens that the request hands over are recorded as used. */
  uses: boolean;
  /** Whose they are. */
  holder?: TaskAttributes;
}

const requested = (exchange: TokenExchange): string[] | undefined =>
  texts(exchange.param('scope')) ?? exchange.scopes_requested?.slice();

/** The kind of token that a parameter carries. */
const kindOf = (exchange: TokenExchange, name: (typeof PRESENTED)[number]): string => {
  if (name === 'refresh_token') return REFRESH;
  if (name === 'assertion') return 'assertion';
  const told = exchange.param(`${name}_type`)?.replace(TOKEN_TYPE, '') ?? '';
  return { access_token: ACCESS, refresh_token: REFRESH }[told] ?? (told || ACCESS);
};

const presented = (exchange: TokenExchange): void => {
  for (const name of PRESENTED) {
    const token = exchange.param(name);
    if (token === undefined) continue;
    const type = typeOf(token, kindOf(exchange, name));
    tokenUsed(token, { ...detailsOf(claimsOf(token)), type });
  }
};

/** The chain as the new token tells it, else as the tokens that were exchanged do. */
const chainOf = (exchange: TokenExchange, claims: unknown): string[] => {
  if (field(claims, 'act') !== undefined) return actorsOf(claims);
  const [subject, ...before] = actorsOf(claimsOf(exchange.param('subject_token')));
  const [actor] = actorsOf(claimsOf(exchange.param('actor_token'))).map((name) =>
    name.replace(/^user:/, ''),
  );
  return [subject, actor, ...before].filter((name) => name !== undefined);
};

const accessDetails = (exchange: TokenExchange, token: string): CredentialDetails => {
  const { body, param } = exchange;
  const claims = claimsOf(token);
  const asked = requested(exchange);
  const omitted = exchange.omitted_scope === 'as_requested' ? asked : undefined;
  const seconds = Number(field(body, 'expires_in') ?? Number.NaN);
  const told = detailsOf(claims);
  const parent = param('subject_token') ?? param('refresh_token') ?? param('assertion');
  const chain = chainOf(exchange, claims);
  const audience = told.audience ?? text(param('resource')) ?? text(param('audience'));
  const issuer = told.issuer ?? exchange.issuer;
  const scopes = texts(field(body, 'scope')) ?? told.scopes ?? omitted;
  const exchanged = param('grant_type') === EXCHANGE;
  return {
    ...told,
    type: typeOf(token, ACCESS),
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    ...(Number.isFinite(seconds) && told.expires_at === undefined ? { expires_in: seconds } : {}),
    ...(scopes === undefined ? {} : { scopes }),
    ...(asked === undefined ? {} : { scopes_requested: asked }),
    ...(parent === undefined ? {} : { parent }),
    ...(exchanged ? { delegation: { type: 'token_exchange', chain } as const } : {}),
  };
};

/** Some servers tell how long a refresh token lives, under one of two names; else its end is not known. */
const refreshLife = (body: unknown): { expires_in?: number } => {
  const seconds = Number(
    field(body, 'refresh_token_expires_in') ?? field(body, 'refresh_expires_in') ?? Number.NaN,
  );
  return seconds > 0 ? { expires_in: seconds } : {};
};

const issued = (exchange: TokenExchange, access: string): void => {
  const { body, param, issuer } = exchange;
  const claims = claimsOf(access);
  const bound = /^dpop$/i.test(textField(body, 'token_type') ?? '');
  const told = exchange.confirmation ?? confirmationOf(claims);
  const key = told ?? (bound ? proofKeyOf(exchange.proof) : undefined);
  const event = param('grant_type') === EXCHANGE ? credential.exchanged : credential.issued;
  about(binding(key), () => event(access, accessDetails(exchange, access)));

  const refresh = field(body, 'refresh_token');
  const before = param('refresh_token');
  // The same refresh token again is no new one (RFC 6749, 6).
  if (typeof refresh !== 'string' || refresh === before) return;
  credential.issued(refresh, {
    type: typeOf(refresh, REFRESH),
    ...refreshLife(body),
    ...(issuer === undefined ? {} : { issuer }),
    ...(before === undefined ? {} : { parent: before }),
  });
};

/**
 * Records one answer of a token endpoint: the tokens that the request handed over as used, the new ones as issued or
 * exchanged with what was asked for beside what was granted, or a decision `deny` for each scope that was refused.
 */
export const tokenAnswered = (exchange: TokenExchange): void =>
  about(exchange.holder ?? {}, () => {
    const access = field(exchange.body, 'access_token');
    if (typeof access === 'string' && access !== '') {
      if (exchange.uses) presented(exchange);
      issued(exchange, access);
      return;
    }
    const refused = REFUSALS.find((code) => code === field(exchange.body, 'error'));
    if (refused !== undefined)
      scopesRefused(requested(exchange) ?? [], refused, { issuer: exchange.issuer });
  });
