// oidc-provider as its operator sees it: grants, refusals, ends and uses of tokens, with none of them told.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordProvider } from '../../../collector/integrations/oidc-provider.ts';
import { fingerprint } from '../../../collector/index.ts';
import type { AuthorizationServer } from '../../engines/credentials/authorization-server.ts';
import {
  CALENDAR,
  EXCHANGE,
  MAIL,
  startAuthorizationServer,
} from '../../engines/credentials/authorization-server.ts';
import type { OAuthClient } from '../../engines/credentials/clients.ts';
import { CLIENTS } from '../../engines/credentials/clients.ts';
import * as packages from '../../engines/credentials/packages.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder, told } from '../recorder.ts';
import { appearsIn, shown, signed } from './token-world.ts';

const SECRETS = {
  agent: 'canary-agent-secret-4kq8',
  tools: 'canary-tools-secret-77ab',
  signing: 'canary-signing-key-19zz',
};
const CC = { grant_type: 'client_credentials', resource: CALENDAR };
const HOLDER = {
  'gen_ai.agent.name': 'desk',
  'footprint.agent.identity.id': 'desk-agent',
  'footprint.agent.identity.type': 'oauth_client',
};
const agentOf = (client: string): string => client.replace('-agent', '');
const fp = (token: string | undefined): string => fingerprint(token) ?? '';

let recorder: Recorder;
let server: AuthorizationServer;
let agent: OAuthClient;
let tools: OAuthClient;
beforeAll(async () => {
  recorder = startRecorder();
  server = await startAuthorizationServer(SECRETS, (provider) => {
    // Twice: the second does nothing, or every span below would be there twice.
    recordProvider(recordProvider(provider, { agent: agentOf }));
  });
  const connect = CLIENTS['oauth4webapi'];
  if (connect === undefined) throw new Error('no oauth4webapi');
  agent = await connect(fetch, server.issuer, 'desk-agent', SECRETS.agent);
  tools = await connect(fetch, server.issuer, 'desk-tools', SECRETS.tools);
});
beforeEach(() => void recorder.take());
afterAll(async () => {
  await server.close();
  await recorder.stop();
});

/** Names of spans, and which token each is about. */
const story = (): [string, unknown][] =>
  recorder
    .take()
    .map(({ name, attributes }) => [name, attributes['footprint.credential.fingerprint']]);

const tokens = async () => {
  const code = await server.code('openid offline_access');
  const first = await agent.token({
    grant_type: 'authorization_code',
    code,
    redirect_uri: server.redirect,
  });
  return { code, access: first.access_token, refresh: first.refresh_token ?? '' };
};

describe('a grant', () => {
  it('is a token of the client, with what it asked for and what it got', async () => {
    const { access_token } = await agent.token({ ...CC, scope: 'calendar:read mail:send' });
    const spans = recorder.take();
    expect(shown(spans)).toEqual([
      [
        'issue_credential oauth_access_token',
        {
          ...HOLDER,
          'footprint.credential.fingerprint': fp(access_token),
          'footprint.credential.type': 'oauth_access_token',
          'footprint.credential.issuer': server.issuer,
          'footprint.credential.audience': CALENDAR,
          'footprint.credential.issued_at': expect.any(String) as unknown,
          'footprint.credential.expires_at': expect.any(String) as unknown,
          'footprint.credential.scopes': ['calendar:read'],
          'footprint.credential.scopes_requested': ['calendar:read', 'mail:send'],
        },
      ],
    ]);
    expect(appearsIn(spans, [access_token, SECRETS.agent, SECRETS.signing])).toEqual([]);
  });

  it('of no scope at all is told as such, not as what was asked for', async () => {
    await agent.token({ grant_type: 'client_credentials', scope: 'unheard:of' });
    const [span] = recorder.take();
    expect(told(span)).toMatchObject({ 'footprint.credential.scopes_requested': ['unheard:of'] });
    expect(told(span)['footprint.credential.scopes']).toEqual([]);
  });

  it('that is refused is a denial of the scopes', async () => {
    const subject_token = await signed({ sub: 'ada' });
    const asked = { grant_type: EXCHANGE, subject_token, scope: 'mail:delete', resource: MAIL };
    await expect(agent.token(asked)).rejects.toThrow();
    const spans = recorder.take();
    expect(spans.map((span) => span.name)).toEqual(['authorize oauth:mail:delete']);
    expect(told(spans[0])).toMatchObject({
      ...HOLDER,
      'footprint.decision.effect': 'deny',
      'footprint.decision.reason': 'invalid_scope',
    });
    expect(appearsIn(spans, [subject_token])).toEqual([]);
  });

  it('of a bad request is nothing', async () => {
    await expect(agent.token({ grant_type: 'authorization_code', code: 'no' })).rejects.toThrow();
    await expect(agent.token({ grant_type: 'unheard' })).rejects.toThrow();
    expect(recorder.take()).toEqual([]);
  });

  it('bound to a DPoP key says which', async () => {
    const { oauth } = packages;
    const client: packages.oauth.Client = { client_id: 'desk-agent' };
    const pair = await oauth.generateKeyPair('ES256', { extractable: true });
    const plain = { [oauth.allowInsecureRequests]: true };
    const found = await oauth.discoveryRequest(new URL(server.issuer), plain);
    const as = await oauth.processDiscoveryResponse(new URL(server.issuer), found);
    const form = new URLSearchParams({ scope: 'calendar:read', resource: CALENDAR });
    const auth = oauth.ClientSecretBasic(SECRETS.agent);
    const bound = { ...plain, DPoP: oauth.DPoP(client, pair) };
    const sent = await oauth.clientCredentialsGrantRequest(as, client, auth, form, bound);
    const token = await oauth.processClientCredentialsResponse(as, client, sent);
    await tools.introspect(token.access_token);
    const jwk = await packages.exportJWK(pair.privateKey);
    const jkt = `jkt:${await packages.calculateJwkThumbprint(jwk)}`;
    const spans = recorder.take();
    expect(spans.map((span) => told(span)['footprint.credential.confirmation'])).toEqual([
      jkt,
      jkt,
    ]);
    expect(appearsIn(spans, [jwk.d ?? '', jwk.x ?? '', token.access_token])).toEqual([]);
  });

  it('by exchange names its parent and its actors', async () => {
    const subject_token = await signed({ sub: 'ada' });
    const { access_token } = await agent.token({
      grant_type: EXCHANGE,
      subject_token,
      actor_token: await signed({ sub: 'agent:desk' }),
      scope: 'calendar:read',
      resource: CALENDAR,
    });
    const span = recorder.take().at(-1);
    expect(span?.name).toBe('exchange_credential oauth_access_token');
    expect(told(span)).toMatchObject({
      ...HOLDER,
      'footprint.credential.fingerprint': fp(access_token),
      'footprint.credential.parent': fp(subject_token),
      'footprint.delegation.chain': ['user:ada', 'agent:desk'],
    });
  });
});

describe('a use', () => {
  it('is an introspection by another client that finds the token active', async () => {
    const { access_token } = await agent.token({ ...CC, scope: 'calendar:read' });
    recorder.take();
    expect(await tools.introspect(access_token)).toBe(true);
    expect(await agent.introspect(access_token)).toBe(true);
    expect(await tools.introspect('no-token-at-all')).toBe(false);
    const spans = recorder.take();
    expect(spans.map((span) => span.name)).toEqual(['use_credential oauth_access_token']);
    expect(told(spans[0])).toMatchObject({
      ...HOLDER,
      'footprint.credential.fingerprint': fp(access_token),
      'footprint.credential.scopes': ['calendar:read'],
    });
    expect(appearsIn(spans, [access_token, SECRETS.tools])).toEqual([]);
  });

  it('is no introspection of a JWT, which the server refuses', async () => {
    const jwt = await agent.token({ ...CC, scope: 'mail:send', resource: MAIL });
    recorder.take();
    await expect(tools.introspect(jwt.access_token)).rejects.toThrow();
    await expect(agent.revoke(jwt.access_token)).rejects.toThrow();
    expect(recorder.take()).toEqual([]);
  });

  it('is a request for userinfo', async () => {
    const { access } = await tokens();
    recorder.take();
    const headers = { authorization: `Bearer ${access}` };
    expect((await fetch(`${server.issuer}/me`, { headers })).status).toBe(200);
    expect((await fetch(`${server.issuer}/me`, { headers: {} })).status).toBe(401);
    expect(story()).toEqual([['use_credential oauth_access_token', fp(access)]]);
  });
});

describe('an end', () => {
  it('is a revocation, once, and not one of an unknown token', async () => {
    const { access_token } = await agent.token({ ...CC, scope: 'calendar:read' });
    recorder.take();
    await agent.revoke(access_token);
    await agent.revoke(access_token);
    await agent.revoke('no-token-at-all');
    expect(story()).toEqual([['revoke_credential oauth_access_token', fp(access_token)]]);
    expect(await tools.introspect(access_token)).toBe(false);
    expect(recorder.take()).toEqual([]);
  });

  it('is the use of a refresh token that is replaced', async () => {
    const { refresh } = await tokens();
    recorder.take();
    const next = await agent.token({ grant_type: 'refresh_token', refresh_token: refresh });
    expect(story()).toEqual([
      ['revoke_credential oauth_refresh_token', fp(refresh)],
      ['use_credential oauth_refresh_token', fp(refresh)],
      ['issue_credential oauth_access_token', fp(next.access_token)],
      ['issue_credential oauth_refresh_token', fp(next.refresh_token)],
    ]);
  });

  it('comes to all tokens of a grant, where one is revoked or a refresh token is stolen', async () => {
    const taken = await tokens();
    recorder.take();
    await agent.revoke(taken.refresh);
    expect(story()).toEqual([
      ['revoke_credential oauth_refresh_token', fp(taken.refresh)],
      ['revoke_credential oauth_access_token', fp(taken.access)],
    ]);
    expect(await tools.introspect(taken.access)).toBe(false);

    const stolen = await tokens();
    const again = { grant_type: 'refresh_token', refresh_token: stolen.refresh };
    const next = await agent.token(again);
    recorder.take();
    await expect(agent.token(again)).rejects.toThrow();
    const ended = story();
    expect(ended.map(([name]) => name).every((name) => name.startsWith('revoke_'))).toBe(true);
    expect(new Set(ended.map(([, print]) => print))).toEqual(
      new Set([stolen.refresh, stolen.access, next.access_token, next.refresh_token].map(fp)),
    );
  });
});
