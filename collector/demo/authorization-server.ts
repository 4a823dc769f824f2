// A real OAuth authorization server (oidc-provider) on loopback, and the client calls an agent makes to it.
import * as oauth from 'oauth4webapi';
import { Provider, errors } from 'oidc-provider';
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Lives of tokens by what they are for, in seconds; an agent asks for the shortest that fits its step. */
const LIFE_S = { 'urn:desk:files': 60, 'urn:desk:memory': 60, 'urn:desk:errand': 5 };
const SCOPES = {
  'urn:desk:files': 'files:read files:write',
  'urn:desk:memory': 'memory:read memory:write memory:delete',
  'urn:desk:errand': 'files:read',
};
const CLIENT = 'desk-assistant';
const TOOLS = 'desk-tools';

export type Audience = keyof typeof LIFE_S;

export interface IssuedToken {
  secret: string;
  issuer: string;
  audience: Audience;
  issued_at: Date;
  expires_in: number;
  scopes: string[];
  scopes_requested: string[];
}

export interface AuthorizationServer {
  token: (audience: Audience, scope: string) => Promise<IssuedToken>;
  /** What the tools' side is told of a token (RFC 7662): active or not, and its scopes. */
  introspect: (secret: string) => Promise<{ active: boolean; scopes: string[] }>;
  revoke: (secret: string) => Promise<void>;
  close: () => Promise<void>;
}

const isAudience = (name: string): name is Audience => name in LIFE_S;

const configuration = (secrets: Record<string, string>) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const client = (client_id: string, grant_types: string[], scope?: string) => ({
    client_id,
    client_secret: secrets[client_id],
    grant_types,
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_basic' as const,
    ...(scope === undefined ? {} : { scope }),
  });
  const all = [...new Set(Object.values(SCOPES).flatMap((scope) => scope.split(' ')))];
  return {
    clients: [client(CLIENT, ['client_credentials'], all.join(' ')), client(TOOLS, [])],
    scopes: all,
    // Tokens of a demo need not outlive it.
    adapter: createMemoryAdapter(),
    cookies: { keys: [randomBytes(32).toString('hex')] },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
    ttl: {
      ClientCredentials: (
        _context: unknown,
        token: { resourceServer?: { accessTokenTTL?: number } },
      ) => token.resourceServer?.accessTokenTTL ?? LIFE_S['urn:desk:errand'],
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context: unknown, audience: string) => {
          if (!isAudience(audience)) throw new errors.InvalidTarget();
          // Opaque, since oidc-provider can neither revoke nor introspect its JWTs.
          return {
            scope: SCOPES[audience],
            audience,
            accessTokenTTL: LIFE_S[audience],
            accessTokenFormat: 'opaque',
          };
        },
      },
    },
  };
};

const listen = async (): Promise<{ server: ReturnType<typeof createServer>; issuer: string }> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

/** Starts the server on a free port of loopback with fresh secrets and keys. */
export const startAuthorizationServer = async (): Promise<AuthorizationServer> => {
  const secrets = {
    [CLIENT]: randomBytes(24).toString('hex'),
    [TOOLS]: randomBytes(24).toString('hex'),
  };
  const { server, issuer } = await listen();
  server.on('request', new Provider(issuer, configuration(secrets) as never).callback());
  const plain = { [oauth.allowInsecureRequests]: true };
  const as = await oauth.processDiscoveryResponse(
    new URL(issuer),
    await oauth.discoveryRequest(new URL(issuer), plain),
  );
  const agent = { client_id: CLIENT };
  const tools = { client_id: TOOLS };
  const asAgent = oauth.ClientSecretBasic(secrets[CLIENT] ?? '');
  const asTools = oauth.ClientSecretBasic(secrets[TOOLS] ?? '');
  return {
    token: async (audience, scope) => {
      const asked = new URLSearchParams({ scope, resource: audience });
      const issued_at = new Date();
      const response = await oauth.clientCredentialsGrantRequest(as, agent, asAgent, asked, plain);
      const token = await oauth.processClientCredentialsResponse(as, agent, response);
      return {
        secret: token.access_token,
        issuer,
        audience,
        issued_at,
        expires_in: token.expires_in ?? 0,
        // The server may grant fewer scopes than were asked for, and answers 200 all the same.
        scopes: (token.scope ?? '').split(' ').filter((name) => name !== ''),
        scopes_requested: scope.split(' '),
      };
    },
    introspect: async (secret) => {
      const response = await oauth.introspectionRequest(as, tools, asTools, secret, plain);
      const told = await oauth.processIntrospectionResponse(as, tools, response);
      return { active: told.active, scopes: (told.scope ?? '').split(' ') };
    },
    revoke: async (secret) => {
      await oauth.processRevocationResponse(
        await oauth.revocationRequest(as, agent, asAgent, secret, plain),
      );
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
