// The same OAuth calls by oauth4webapi, by openid-client and by plain fetch, each through a fetch that is given.
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';

type Fetch = typeof globalThis.fetch;
/** The clients' own types allow more bodies than fetch's do. */
type Custom = (
  url: string,
  options: oauth.CustomFetchOptions<string, oauth.ProtectedResourceRequestBody>,
) => Promise<Response>;
/** Parameters of a token request, its grant type among them. */
type Parameters = Record<string, string>;

/** What a token endpoint answered, as far as the tests look at it. */
export interface TokenAnswer {
  access_token: string;
  refresh_token?: string | undefined;
  token_type: string;
  scope?: string | undefined;
}

export interface OAuthClient {
  /** Rejects where the server refuses. */
  token: (parameters: Parameters) => Promise<TokenAnswer>;
  revoke: (token: string) => Promise<void>;
  introspect: (token: string) => Promise<boolean>;
  /** Calls a resource with the token. */
  call: (token: string, url: string) => Promise<number>;
}

export type Connect = (
  fetch: Fetch,
  issuer: string,
  id: string,
  secret: string,
) => Promise<OAuthClient>;

const oauth4webapi: Connect = async (fetch, issuer, client_id, secret) => {
  const http = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: fetch as Custom };
  const client: oauth.Client = { client_id };
  const auth = oauth.ClientSecretBasic(secret);
  const found = await oauth.discoveryRequest(new URL(issuer), http);
  const server = await oauth.processDiscoveryResponse(new URL(issuer), found);
  return {
    token: async ({ grant_type = '', ...rest }) => {
      const body = new URLSearchParams(rest);
      const answer = await oauth.genericTokenEndpointRequest(
        server,
        client,
        auth,
        grant_type,
        body,
        http,
      );
      return oauth.processGenericTokenEndpointResponse(server, client, answer);
    },
    revoke: async (token) =>
      oauth.processRevocationResponse(
        await oauth.revocationRequest(server, client, auth, token, http),
      ),
    introspect: async (token) => {
      const answer = await oauth.introspectionRequest(server, client, auth, token, http);
      return (await oauth.processIntrospectionResponse(server, client, answer)).active;
    },
    call: async (token, url) => {
      try {
        const at = new URL(url);
        const sent = [token, 'GET', at, undefined, undefined, http] as const;
        return (await oauth.protectedResourceRequest(...sent)).status;
      } catch (error) {
        if (error instanceof oauth.WWWAuthenticateChallengeError) return error.status;
        throw error;
      }
    },
  };
};

const openidClient: Connect = async (fetch, issuer, id, secret) => {
  const auth = openid.ClientSecretBasic(secret);
  const config = await openid.discovery(new URL(issuer), id, secret, auth, {
    execute: [openid.allowInsecureRequests],
    [openid.customFetch]: fetch as Custom,
  });
  return {
    token: ({ grant_type = '', ...rest }) => openid.genericGrantRequest(config, grant_type, rest),
    revoke: (token) => openid.tokenRevocation(config, token),
    introspect: async (token) => (await openid.tokenIntrospection(config, token)).active,
    call: async (token, url) => {
      try {
        return (await openid.fetchProtectedResource(config, token, new URL(url), 'GET')).status;
      } catch (error) {
        if (error instanceof openid.WWWAuthenticateChallengeError) return error.status;
        throw error;
      }
    },
  };
};

const plainFetch: Connect = async (fetch, issuer, id, secret) => {
  const found = await fetch(`${issuer}/.well-known/openid-configuration`);
  const server = (await found.json()) as Record<string, string>;
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
  const type = 'application/x-www-form-urlencoded';
  const post = (endpoint: string, form: Parameters) =>
    fetch(server[endpoint] ?? '', {
      method: 'POST',
      headers: { authorization, 'Content-Type': type },
      body: new URLSearchParams(form).toString(),
    });
  return {
    token: async (parameters) => {
      const answer = await post('token_endpoint', parameters);
      const body = (await answer.json()) as TokenAnswer & { error?: string };
      if (!answer.ok) throw new Error(body.error);
      return body;
    },
    revoke: async (token) => void (await post('revocation_endpoint', { token })),
    introspect: async (token) => {
      const answer = await post('introspection_endpoint', { token });
      return ((await answer.json()) as { active: boolean }).active;
    },
    call: async (token, url) => {
      const request = new Request(url, { headers: { authorization: `Bearer ${token}` } });
      return (await fetch(request)).status;
    },
  };
};

export const CLIENTS: Record<string, Connect> = {
  oauth4webapi,
  'openid-client': openidClient,
  'plain fetch': plainFetch,
};
