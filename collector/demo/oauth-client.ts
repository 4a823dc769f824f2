// What an agent and its tools ask of the authorization server, by oauth4webapi; recorded on the agent's side.
import * as oauth from 'oauth4webapi';
import { fingerprint } from '../index.ts';
import { recordingFetch } from '../integrations/oauth.ts';
import type { AuthorizationServer } from './authorization-server.ts';
import { EXCHANGE, TOOLS } from './authorization-server.ts';
import type { HeldToken } from './tool-server.ts';

const TYPE = 'oauth_access_token';

export interface OAuthClient {
  /** A token by client credentials; the server may grant fewer scopes than were asked for. */
  token: (scopes: readonly string[]) => Promise<HeldToken>;
  /** A narrower token for one that is held (RFC 8693). */
  exchange: (subject: HeldToken, scopes: readonly string[]) => Promise<HeldToken>;
  revoke: (token: HeldToken) => Promise<void>;
  /** The tools' side (RFC 7662). */
  introspect: (secret: string) => Promise<{ active: boolean; scopes: string[] }>;
}

/** The token as the agent holds it. */
export const held = (secret: string, scopes: readonly string[]): HeldToken => ({
  secret,
  scopes,
  recorded: { fingerprint: fingerprint(secret) ?? '', type: TYPE },
});

export const connectOAuth = async (
  { issuer, url, secrets }: AuthorizationServer,
  client_id: string,
): Promise<OAuthClient> => {
  const plain = { [oauth.allowInsecureRequests]: true };
  const recorded = { ...plain, [oauth.customFetch]: recordingFetch() };
  const metadata = await oauth.discoveryRequest(new URL(url), recorded);
  const as = await oauth.processDiscoveryResponse(new URL(issuer), metadata);
  const agent = { client_id };
  const tools = { client_id: TOOLS };
  const asAgent = oauth.ClientSecretBasic(secrets.agent);
  const asTools = oauth.ClientSecretBasic(secrets.tools);
  const tokenOf = ({ access_token, scope }: oauth.TokenEndpointResponse): HeldToken =>
    held(access_token, (scope ?? '').split(' ').filter(Boolean));
  return {
    token: async (scopes) => {
      const asked = new URLSearchParams({ scope: scopes.join(' ') });
      const answer = await oauth.clientCredentialsGrantRequest(as, agent, asAgent, asked, recorded);
      return tokenOf(await oauth.processClientCredentialsResponse(as, agent, answer));
    },
    exchange: async (subject, scopes) => {
      const asked = new URLSearchParams({
        subject_token: subject.secret,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        scope: scopes.join(' '),
      });
      const answer = await oauth.genericTokenEndpointRequest(
        as,
        agent,
        asAgent,
        EXCHANGE,
        asked,
        recorded,
      );
      return tokenOf(await oauth.processGenericTokenEndpointResponse(as, agent, answer));
    },
    revoke: async ({ secret }) => {
      await oauth.processRevocationResponse(
        await oauth.revocationRequest(as, agent, asAgent, secret, recorded),
      );
    },
    introspect: async (secret) => {
      const answer = await oauth.introspectionRequest(as, tools, asTools, secret, plain);
      const told = await oauth.processIntrospectionResponse(as, tools, answer);
      return { active: told.active, scopes: (told.scope ?? '').split(' ') };
    },
  };
};
