// oidc-provider from the server's side: what it grants, refuses, revokes, and is asked about by resource servers.
import { credential } from '../credential.ts';
import { fingerprint } from '../fingerprint.ts';
import { guard } from '../guard.ts';
import { field, textField } from '../read.ts';
import { claimsOf, clientOf, confirmationOf, detailsOf } from './jwt-claims.ts';
import { ACCESS, REFRESH, tokenAnswered } from './token-answer.ts';
import type { AgentOf } from './token-spans.ts';
import { about, binding, holderOf, tokenUsed } from './token-spans.ts';

/** Grants whose tokens are remembered, so that all of them end with the grant; the oldest is forgotten beyond this. */
const MAX_GRANTS = 10_000;
/** A grant that is refreshed for days makes many tokens; of those the latest are still alive. */
const MAX_TOKENS_OF_GRANT = 64;
const OK = 200;
/** oidc-provider's models that are tokens, by the names in its events, and the type that each is recorded as. */
const TOKENS = {
  access_token: ACCESS,
  client_credentials: ACCESS,
  refresh_token: REFRESH,
} as const;

/** What is needed of a `Provider`. */
export interface ProviderLike {
  readonly issuer: string;
  use(middleware: (context: unknown, next: () => Promise<unknown>) => Promise<void>): unknown;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
}

export interface RecordProviderOptions {
  /** The agent's name for a client id, which it is itself where this is not given. */
  agent?: AgentOf;
  /** Whether introspected, exchanged and refreshed tokens are recorded as used; true where it is not given. */
  uses?: boolean;
}

const watched = new WeakSet<object>();

/** The live tokens of each grant, by fingerprint. */
const createGrants = () => {
  const grants = new Map<string, Map<string, string>>();
  return {
    add: (grant: string | undefined, print: string | undefined, type: string): void => {
      if (grant === undefined || print === undefined) return;
      const tokens = grants.get(grant) ?? new Map<string, string>();
      grants.delete(grant);
      grants.set(grant, tokens.set(print, type));
      const [first] = tokens.keys();
      if (tokens.size > MAX_TOKENS_OF_GRANT && first !== undefined) tokens.delete(first);
      const [oldest] = grants.keys();
      if (grants.size > MAX_GRANTS && oldest !== undefined) grants.delete(oldest);
    },
    drop: (grant: string | undefined, print: string | undefined): void => {
      if (grant !== undefined && print !== undefined) grants.get(grant)?.delete(print);
    },
    end: (grant: string | undefined): [print: string, type: string][] => {
      if (grant === undefined) return [];
      const tokens = [...(grants.get(grant) ?? [])];
      grants.delete(grant);
      return tokens;
    },
  };
};

const clientIdOf = (context: unknown): string | undefined =>
  textField(field(field(context, 'oidc'), 'client'), 'clientId');

/** An answer to an introspection, taken out of its signature where it was asked for as a JWT (RFC 9701). */
const introspectionOf = (body: unknown): unknown =>
  typeof body === 'string' ? field(claimsOf(body), 'token_introspection') : body;

/** The token that a request was answered with or about. */
const tokenOf = (context: unknown): unknown => {
  const entities = field(field(context, 'oidc'), 'entities');
  return field(entities, 'AccessToken') ?? field(entities, 'ClientCredentials');
};

/** A token answer, with the scope of the token itself where it leaves that out, which is then often none. */
const granted = (context: unknown): unknown => {
  const body = field(context, 'body');
  const token = tokenOf(context);
  if (token === undefined || typeof field(body, 'scope') === 'string') return body;
  return { ...(body as object), scope: field(token, 'scope') ?? '' };
};

/** A string whole: `text` would cut a long token, and a part has another fingerprint. */
const secretOf = (value: unknown, name: string): string | undefined => {
  const secret = field(value, name);
  return typeof secret === 'string' && secret !== '' ? secret : undefined;
};

/**
 * Records what `provider` does with tokens: granted and exchanged ones with the scopes that were asked for, refused
 * scopes, revoked and used-up ones, all of a grant when that is revoked, and tokens that another client than their own
 * introspects, or that fetch `userinfo`, as used. Call it before `callback()` or `listen()`; a second call on the same
 * provider does nothing. Its answers stay as they are. An opaque token's `jti` is the token itself in oidc-provider,
 * and is recorded by fingerprint like any other. Returns the provider.
 */
export const recordProvider = <P extends ProviderLike>(
  provider: P,
  { agent, uses = true }: RecordProviderOptions = {},
): P => {
  if (watched.has(provider)) return provider;
  watched.add(provider);
  const grants = createGrants();

  const answered = (context: unknown, body: unknown): void => {
    const oidc = field(context, 'oidc');
    const client = clientIdOf(context);
    tokenAnswered({
      // As it came: unknown scopes are taken out of the parameters before they are granted.
      param: (name) => secretOf(field(oidc, 'body'), name) ?? secretOf(field(oidc, 'params'), name),
      proof: secretOf(field(context, 'headers'), 'dpop'),
      body,
      issuer: provider.issuer,
      // A token entity has its binding under the names of `cnf`.
      confirmation: confirmationOf({ cnf: tokenOf(context) }),
      uses,
      holder: holderOf(client, agent),
    });
  };

  const introspected = (context: unknown): void => {
    const token = secretOf(field(field(context, 'oidc'), 'params'), 'token');
    const answer = introspectionOf(field(context, 'body'));
    const owner = clientOf(answer);
    const asksOfItsOwn = owner === clientIdOf(context);
    if (token === undefined || field(answer, 'active') !== true || asksOfItsOwn) return;
    about(holderOf(owner, agent), () =>
      tokenUsed(token, { ...detailsOf(answer), type: ACCESS }, binding(confirmationOf(answer))),
    );
  };

  const toldOfUser = (context: unknown): void => {
    const token = tokenOf(context);
    const secret = secretOf(token, 'jti');
    if (secret === undefined) return;
    about(holderOf(textField(token, 'clientId'), agent), () =>
      tokenUsed(secret, {
        ...detailsOf(token),
        issuer: provider.issuer,
        type: ACCESS,
      }),
    );
  };

  const record = (context: unknown): void => {
    if (field(context, 'status') !== OK) return;
    const route = field(field(context, 'oidc'), 'route');
    if (route === 'token') answered(context, granted(context));
    else if (route === 'introspection' && uses) introspected(context);
    else if (route === 'userinfo' && uses) toldOfUser(context);
  };

  provider.use(async (context, next) => {
    await next();
    guard('recording an OAuth answer', () => record(context), undefined);
  });

  const on = (event: string, listener: (...args: unknown[]) => void): void =>
    void provider.on(event, (...args) =>
      guard('recording an OAuth event', () => listener(...args), undefined),
    );

  const ended = (client: string | undefined, tokens: [print: string, type: string][]): void =>
    about(holderOf(client, agent), () => {
      for (const [print, type] of tokens) credential.revoked({ fingerprint: print, type });
    });
  for (const [name, type] of Object.entries(TOKENS)) {
    const listen = (event: string, act: (print: string, token: unknown) => void): void =>
      on(`${name}.${event}`, (token) => {
        // The jti of an opaque token, which alone has these events, is the token itself.
        const print = fingerprint(secretOf(token, 'jti'));
        if (print !== undefined) act(print, token);
      });
    listen('saved', (print, token) => grants.add(textField(token, 'grantId'), print, type));
    listen('consumed', (print, token) => {
      grants.drop(textField(token, 'grantId'), print);
      ended(textField(token, 'clientId'), [[print, type]]);
    });
    // One token of a grant is never destroyed alone: oidc-provider takes back the rest with it, and tells of none.
    listen('destroyed', (print, token) => {
      const grant = textField(token, 'grantId');
      grants.drop(grant, print);
      ended(textField(token, 'clientId'), [[print, type], ...grants.end(grant)]);
    });
  }
  on('grant.error', (context, error) => answered(context, { error: field(error, 'error') }));
  on('grant.revoked', (context, grant) => {
    if (typeof grant === 'string') ended(clientIdOf(context), grants.end(grant));
  });
  return provider;
};
