// An agent with its authorization server in one process, all of it recorded; prints the secrets that it handled.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { recordingVerify } from '../../../collector/integrations/jose.ts';
import { recordingFetch } from '../../../collector/integrations/oauth.ts';
import { recordProvider } from '../../../collector/integrations/oidc-provider.ts';
import { task, tool } from '../../../collector/index.ts';
import { start } from '../../../collector/start.ts';
import {
  CALENDAR,
  EXCHANGE,
  MAIL,
  startAuthorizationServer,
} from '../../engines/credentials/authorization-server.ts';
import { CLIENTS } from '../../engines/credentials/clients.ts';
import * as packages from '../../engines/credentials/packages.ts';
import { signed } from './token-world.ts';

const SECRETS = {
  agent: 'canary-agent-secret-4kq8',
  tools: 'canary-tools-secret-77ab',
  signing: 'canary-signing-key-19zz',
};
const telemetry = start();
const server = await startAuthorizationServer(SECRETS, (provider) => {
  recordProvider(provider, { agent: (client) => client.replace('-agent', ''), uses: false });
});
const connect = CLIENTS['openid-client'];
if (connect === undefined) throw new Error('no openid-client');
const fetch = recordingFetch();
const agent = await connect(fetch, server.issuer, 'desk-agent', SECRETS.agent);
const tools = await connect(globalThis.fetch, server.issuer, 'desk-tools', SECRETS.tools);

/** A resource server that takes the calendar's tokens, and asks who they are for. */
const calendar = createServer((request, response) => {
  const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
  void tools.introspect(token).then((active) => response.writeHead(active ? 200 : 401).end());
});
await new Promise<void>((resolve) => calendar.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(calendar.address() as AddressInfo).port}/events`;

const secrets: string[] = Object.values(SECRETS);
const verify = recordingVerify(packages.jwtVerify);
await task({ agent: 'desk', session: 'token-session' }, async () => {
  const code = await server.code('openid offline_access');
  const redirect_uri = server.redirect;
  const first = await agent.token({ grant_type: 'authorization_code', code, redirect_uri });
  const refresh_token = first.refresh_token ?? '';
  const next = await agent.token({ grant_type: 'refresh_token', refresh_token });
  secrets.push(code, first.access_token, refresh_token, next.access_token);
  secrets.push(next.refresh_token ?? '');

  const asked = { grant_type: 'client_credentials', resource: CALENDAR };
  const read = await agent.token({ ...asked, scope: 'calendar:read mail:send' });
  await tool({ name: 'list_events', required_scopes: ['calendar:read'] }, () =>
    agent.call(read.access_token, url),
  );
  await agent.revoke(read.access_token);
  const none = await agent.token({ grant_type: 'client_credentials', scope: 'unheard:of' });
  secrets.push(read.access_token, none.access_token);

  const subject_token = await signed({ sub: 'ada', jti: 'canary-subject-jti-51' });
  const actor_token = await signed({ sub: 'agent:desk' });
  const exchange = { grant_type: EXCHANGE, subject_token, actor_token, resource: MAIL };
  const mail = await agent.token({ ...exchange, scope: 'mail:send' });
  await agent.token({ ...exchange, scope: 'mail:delete' }).catch(() => undefined);
  const keys = packages.createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
  const { payload } = await verify(mail.access_token, keys, { audience: MAIL });
  secrets.push(subject_token, actor_token, mail.access_token, 'canary-subject-jti-51');
  secrets.push(String(payload.jti), ...mail.access_token.split('.'));

  const { oauth } = packages;
  const pair = await oauth.generateKeyPair('ES256', { extractable: true });
  const client: packages.oauth.Client = { client_id: 'desk-agent' };
  const http = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: fetch };
  const bound = { ...http, DPoP: oauth.DPoP(client, pair) };
  const found = await oauth.discoveryRequest(new URL(server.issuer), http);
  const as = await oauth.processDiscoveryResponse(new URL(server.issuer), found);
  const form = new URLSearchParams({ scope: 'calendar:write', resource: CALENDAR });
  const auth = oauth.ClientSecretBasic(SECRETS.agent);
  const sent = await oauth.clientCredentialsGrantRequest(as, client, auth, form, bound);
  const token = await oauth.processClientCredentialsResponse(as, client, sent);
  const jwk = await packages.exportJWK(pair.privateKey);
  secrets.push(token.access_token, jwk.d ?? '', jwk.x ?? '', jwk.y ?? '');
});
await telemetry.shutdown();
calendar.closeAllConnections();
calendar.close();
await server.close();
process.stdout.write(`${JSON.stringify(secrets)}\n`);
