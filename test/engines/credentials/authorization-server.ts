// A real authorization server (oidc-provider) on loopback: client credentials, codes, refresh, exchange, DPoP, revocation.
import * as jose from 'jose';
import type { Configuration } from 'oidc-provider';
import { Provider, errors } from 'oidc-provider';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
/** Tokens for the calendar are opaque, those for the mail are JWTs, which oidc-provider can neither introspect nor revoke. */
export const CALENDAR = 'urn:tool:calendar';
export const MAIL = 'urn:tool:mail';
const SCOPES = { [CALENDAR]: 'calendar:read calendar:write', [MAIL]: 'mail:send' };
const REDIRECT = 'https://desk.example/callback';

export interface Secrets {
  agent: string;
  tools: string;
  signing: string;
}

export interface AuthorizationServer {
  issuer: string;
  provider: Provider;
  /** A code as the authorization endpoint would hand it over, for scopes that a person agreed to. */
  code: (scope: string) => Promise<string>;
  redirect: string;
  /** The key behind the server's JWTs. */
  key: jose.CryptoKey;
  close: () => Promise<void>;
}

const configuration = (secrets: Secrets, jwk: jose.JWK): Configuration => {
  const client = (client_id: string, client_secret: string, grant_types: string[]) => ({
    client_id,
    client_secret,
    grant_types,
    redirect_uris: grant_types.includes('authorization_code') ? [REDIRECT] : [],
    response_types: grant_types.includes('authorization_code') ? (['code'] as const) : [],
    token_endpoint_auth_method: 'client_secret_basic' as const,
  });
  return {
    clients: [
      client('desk-agent', secrets.agent, [
        'client_credentials',
        'authorization_code',
        'refresh_token',
        EXCHANGE,
      ]),
      client('desk-tools', secrets.tools, []),
    ] as never,
    scopes: ['openid', 'offline_access', 'calendar:read', 'calendar:write', 'mail:send'],
    cookies: { keys: [secrets.signing] },
    jwks: { keys: [{ ...jwk, use: 'sig', alg: 'RS256' }] } as never,
    pkce: { required: () => false },
    rotateRefreshToken: true,
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    ttl: {
      ClientCredentials: (_context, token) => token.resourceServer?.accessTokenTTL ?? 300,
      AccessToken: (_context, token) => token.resourceServer?.accessTokenTTL ?? 300,
      RefreshToken: 3600,
      Grant: 3600,
      IdToken: 300,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      dPoP: { enabled: true },
      userinfo: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined as never,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, audience) => {
          if (audience !== CALENDAR && audience !== MAIL) throw new errors.InvalidTarget();
          const accessTokenFormat = audience === MAIL ? 'jwt' : 'opaque';
          return { scope: SCOPES[audience], audience, accessTokenTTL: 120, accessTokenFormat };
        },
      },
    },
    // Claims that an exchange put on the token.
    extraTokenClaims: (_context, token) => (token as { extra?: Record<string, string> }).extra,
  };
};

/** RFC 8693: the subject token's scopes and life are narrowed, and the actor is named in the new token. */
const registerExchange = (provider: Provider): void => {
  const handler = async (context: never): Promise<void> => {
    const ctx = context as {
      oidc: {
        params: Record<string, string>;
        client: never;
        entity: (name: string, value: unknown) => void;
      };
      body: unknown;
    };
    const { subject_token = '', actor_token, scope = '', resource = MAIL } = ctx.oidc.params;
    const subject = jose.decodeJwt(subject_token);
    const actor = actor_token === undefined ? undefined : jose.decodeJwt(actor_token);
    const server = new provider.ResourceServer(resource, {
      scope: SCOPES[resource as keyof typeof SCOPES],
      audience: resource,
      accessTokenTTL: 30,
      accessTokenFormat: resource === MAIL ? 'jwt' : 'opaque',
    });
    const missing = scope.split(' ').filter((name) => !server.scopes.has(name));
    if (missing.length > 0) throw new errors.InvalidScope('not held', missing.join(' '));
    const about = { accountId: subject.sub, client: ctx.oidc.client, scope };
    const token = new provider.AccessToken(about as never);
    const act = {
      sub: actor?.sub,
      ...(subject['act'] === undefined ? {} : { act: subject['act'] }),
    };
    Object.assign(token, { resourceServer: server, extra: { act } });
    ctx.oidc.entity('AccessToken', token);
    const access_token = await token.save();
    ctx.body = {
      access_token,
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      expires_in: token.expiration,
      scope: token.scope,
      token_type: token.tokenType,
    };
  };
  const params = ['subject_token', 'subject_token_type', 'actor_token', 'actor_token_type'];
  provider.registerGrantType(
    EXCHANGE,
    handler as never,
    [...params, 'scope', 'resource', 'audience', 'requested_token_type'],
    [],
  );
};

/** Starts it on a free port of loopback; `prepare` gets the provider before it answers anything. */
export const startAuthorizationServer = async (
  secrets: Secrets,
  prepare: (provider: Provider) => void = () => undefined,
): Promise<AuthorizationServer> => {
  const { privateKey } = await jose.generateKeyPair('RS256', { extractable: true });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const jwk = await jose.exportJWK(privateKey);
  const provider = new Provider(issuer, configuration(secrets, jwk));
  registerExchange(provider);
  prepare(provider);
  server.on('request', provider.callback());
  const code = async (scope: string): Promise<string> => {
    const client = await provider.Client.find('desk-agent');
    const grant = new provider.Grant({ accountId: 'ada', clientId: 'desk-agent' });
    grant.addOIDCScope(scope);
    const about = {
      accountId: 'ada',
      client,
      redirectUri: REDIRECT,
      scope,
      grantId: await grant.save(),
      expiresWithSession: false,
    };
    return new provider.AuthorizationCode(about as never).save();
  };
  return {
    issuer,
    provider,
    code,
    redirect: REDIRECT,
    key: privateKey,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
