// OAuth clients, jose and oidc-provider with planted texts: in tokens, scopes, claims, parameters, headers and refusals.
import { jwt, recordingVerify } from '../../../../collector/integrations/jose.ts';
import { recordingFetch } from '../../../../collector/integrations/oauth.ts';
import { recordProvider } from '../../../../collector/integrations/oidc-provider.ts';
import {
  CALENDAR,
  EXCHANGE,
  MAIL,
  startAuthorizationServer,
} from '../../../engines/credentials/authorization-server.ts';
import type { OAuthClient } from '../../../engines/credentials/clients.ts';
import { CLIENTS } from '../../../engines/credentials/clients.ts';
import * as jose from '../../../engines/credentials/packages.ts';
import { signed } from '../token-world.ts';
import type { Handler, World } from './world.ts';
import { line } from './world.ts';

const quiet = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);

/** Asks for a token in every way, shows it, has it looked at and gives it back. */
const talk = async (client: OAuthClient, url: string, text: string): Promise<void> => {
  const scope = text;
  const subject_token = await signed({ sub: text, jti: text, scope: text, act: { sub: text } });
  const exchange = { grant_type: EXCHANGE, subject_token, actor_token: text, audience: text };
  await quiet(client.token({ grant_type: 'client_credentials', scope, resource: text }));
  await quiet(client.token({ grant_type: 'refresh_token', refresh_token: text, scope }));
  await quiet(client.token({ ...exchange, scope, subject_token_type: text }));
  await quiet(client.introspect(text));
  for (const manner of ['well', 'forbidding', 'failing']) {
    const at = `${url}/${manner}/notes?note=${encodeURIComponent(text)}`;
    await quiet(client.call(line(text).replaceAll(' ', ''), at));
  }
  await quiet(client.revoke(text));
};

const oauthHandler =
  (name: string) =>
  async ({ url }: World): Promise<Handler> => {
    const connect = CLIENTS[name];
    const fetch = recordingFetch();
    const well = await connect?.(fetch, `${url}/well`, 'desk', 'the secret of the desk');
    const server = { token_endpoint: `${url}/refusing/token`, issuer: `${url}/refusing` };
    const plant = async (text: string) => {
      if (well !== undefined) await talk(well, url, text);
      const told = recordingFetch({
        server,
        scopes_requested: [text],
        omitted_scope: 'as_requested',
      });
      const body = new URLSearchParams({ grant_type: 'client_credentials', scope: text });
      const headers = { 'x-note': line(text), cookie: line(text) };
      await told(`${url}/refusing/token`, { method: 'POST', headers, body });
      await told(`${url}/forbidding/${encodeURIComponent(text)}`, { headers });
    };
    return { plant };
  };

const joseHandler = async (): Promise<Handler> => {
  const { privateKey, publicKey } = await jose.generateKeyPair('ES256');
  const verify = recordingVerify(jose.jwtVerify);
  const plant = async (text: string) => {
    const names = { iss: text, aud: [text], sub: text, client_id: text, jti: text, scope: text };
    const claims = { ...names, exp: 4_102_444_800, cnf: { jkt: text }, act: { sub: text } };
    const token = await new jose.SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: text })
      .sign(privateKey);
    await verify(token, publicKey);
    await quiet(verify(token, publicKey, { issuer: 'somebody else' }));
    await quiet(verify(text, publicKey));
    jwt.issued(token);
    jwt.used(text);
  };
  return { plant };
};

const providerHandler = async (): Promise<Handler> => {
  const secrets = { agent: 'desk-secret-of-tests', tools: 'tools-secret', signing: 'signing-key' };
  const server = await startAuthorizationServer(secrets, (provider) => {
    recordProvider(provider, { agent: () => 'oidc-provider' });
  });
  const client = await CLIENTS['plain fetch']?.(fetch, server.issuer, 'desk-agent', secrets.agent);
  const plant = async (text: string) => {
    const asked = { grant_type: 'client_credentials', scope: text };
    for (const resource of [CALENDAR, text])
      await quiet(client?.token({ ...asked, resource }) ?? Promise.resolve());
    const subject_token = await signed({ sub: text, jti: text, act: { sub: text } });
    const actor_token = await signed({ sub: text, client_id: text });
    const exchange = { grant_type: EXCHANGE, subject_token, actor_token, resource: MAIL };
    for (const scope of ['mail:send', text])
      await quiet(client?.token({ ...exchange, scope }) ?? Promise.resolve());
  };
  return { plant, close: server.close };
};

export const TOKENS: Record<string, (world: World) => Handler | Promise<Handler>> = {
  oauth4webapi: oauthHandler('oauth4webapi'),
  'openid-client': oauthHandler('openid-client'),
  fetch: oauthHandler('plain fetch'),
  jose: joseHandler,
  'oidc-provider': providerHandler,
};
