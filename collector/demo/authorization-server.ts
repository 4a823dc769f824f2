// A real OAuth authorization server (oidc-provider) on loopback, for one agent, its tools and the people who sign in.
import { Provider, errors } from 'oidc-provider';
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const TOOLS = 'tools';

/** Its name; no such host is ever asked, since all its endpoints are on loopback. */
const ISSUER = 'https://login.demo.example';

export interface AuthorizationServer {
  issuer: string;
  /** Where its metadata is. */
  url: string;
  secrets: { agent: string; tools: string };
  /** A token as a person's browser gets it after signing in: it says nothing of any agent. */
  signIn: (user: string, scopes: readonly string[]) => Promise<string>;
  close: () => Promise<void>;
}

export interface AuthorizationServerOptions {
  /** The agent's client id. */
  client: string;
  scopes: readonly string[];
  /** Life of a token with these scopes, in seconds. */
  life_s: (scopes: readonly string[]) => number;
}

interface Stored {
  scope?: string;
  accountId?: string;
  clientId?: string;
  isValid: boolean;
}

interface ExchangeContext {
  oidc: {
    params: { subject_token?: string; scope?: string };
    client: unknown;
    entity: (name: string, value: unknown) => void;
  };
  body: unknown;
}

const words = (text: string | undefined): string[] => (text ?? '').split(' ').filter(Boolean);

const configuration = (options: AuthorizationServerOptions, secrets: Record<string, string>) => {
  const { client, scopes, life_s } = options;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const registered = (client_id: string, grant_types: string[]) => ({
    client_id,
    client_secret: secrets[client_id],
    grant_types,
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_basic' as const,
  });
  const lifeOf = (_context: unknown, token: { scope?: string }) => life_s(words(token.scope));
  return {
    clients: [registered(client, ['client_credentials', EXCHANGE]), registered(TOOLS, [])],
    scopes,
    // Tokens of a demo need not outlive it.
    adapter: createMemoryAdapter(),
    cookies: { keys: [randomBytes(32).toString('hex')] },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id }),
    }),
    ttl: { ClientCredentials: lifeOf, AccessToken: lifeOf, Grant: lifeOf },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
    },
  };
};

/** RFC 8693: the new token has no more scopes than the one that is turned in. */
const registerExchange = (provider: Provider): void => {
  const handler = async (context: ExchangeContext): Promise<void> => {
    const { subject_token = '', scope = '' } = context.oidc.params;
    const subject = (await provider.ClientCredentials.find(subject_token)) as unknown as
      Stored | undefined;
    if (subject?.isValid !== true) throw new errors.InvalidGrant('the subject token is not active');
    const missing = words(scope).filter((name) => !words(subject.scope).includes(name));
    if (missing.length > 0) throw new errors.InvalidScope('not held', missing.join(' '));
    const token = new provider.ClientCredentials({
      client: context.oidc.client,
      scope,
    } as never);
    context.oidc.entity('ClientCredentials', token);
    context.body = {
      access_token: await token.save(),
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      expires_in: token.expiration,
      scope,
      token_type: 'Bearer',
    };
  };
  provider.registerGrantType(
    EXCHANGE,
    handler as never,
    ['subject_token', 'subject_token_type', 'scope'],
    [],
  );
};

/** Starts the server on a free port of loopback with fresh secrets and keys. */
export const startAuthorizationServer = async (
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> => {
  const secrets = {
    agent: randomBytes(24).toString('hex'),
    tools: randomBytes(24).toString('hex'),
  };
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const known = { [options.client]: secrets.agent, [TOOLS]: secrets.tools };
  const provider = new Provider(ISSUER, configuration(options, known) as never);
  registerExchange(provider);
  server.on('request', provider.callback());
  return {
    issuer: ISSUER,
    url,
    secrets,
    signIn: async (user, scopes) => {
      const client = await provider.Client.find(options.client);
      const grant = new provider.Grant({ accountId: user, clientId: options.client });
      grant.addOIDCScope(scopes.join(' '));
      const about = { accountId: user, client, scope: scopes.join(' ') };
      const token = new provider.AccessToken({ ...about, grantId: await grant.save() } as never);
      return token.save();
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
